//! Whether a user may authorize an application: the rows that decide it, read together.

use std::sync::Arc;

use super::{applications, error::Error, spaces, transaction::Reads, users};
use crate::domain::{
    grant_standing::Admission,
    ids::{ApplicationId, SpaceId, UserId},
    space::Space,
};

/// What decides whether the user may authorize the application; none if one of them is gone.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, application: ApplicationId, user: UserId) -> Result<Option<Admission>, Error> {
    let Some(application) = applications::find(tx, application)? else { return Ok(None) };
    let Some(user) = users::find(tx, user)? else { return Ok(None) };
    let application_space = space(tx, application.space)?;
    let home = space(tx, user.home)?;
    let approval = applications::approval(tx, user.home, application.id)?;
    Ok(Some(Admission {
        application: Arc::new(application),
        application_space: Arc::new(application_space),
        user: Arc::new(user),
        home: Arc::new(home),
        approval,
    }))
}

fn space(tx: &mut impl Reads, id: SpaceId) -> Result<Space, Error> {
    spaces::find(tx, id)?.ok_or_else(|| Error::corrupt("spaces", "id", format!("{id} is referred to and not there")))
}
