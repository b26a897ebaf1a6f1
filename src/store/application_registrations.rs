//! Registering applications: everything of them that people write, and lists of them. What decisions read stands in
//! [`super::applications`], secrets in [`super::application_pairs`].

use std::collections::HashMap;

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, delete, insert_into, update};

use super::{
    applications::{POST_LOGOUT, REDIRECT},
    error::Error,
    row,
    schema::{application_resources, application_scopes, application_uris, applications, grants},
    search,
    transaction::{Change, Reads},
    types::DbId,
};
use crate::domain::{
    application::{Application, ApplicationProfile},
    change::Subject,
    ids::{ApplicationId, SpaceId, UserId},
    name::Description,
    page::{Page, PageRequest},
    redirect_uri::RedirectUri,
    text_enum::TextEnum,
    time::Timestamp,
};

/// Which applications.
#[derive(Debug, Clone, Default)]
pub struct ApplicationFilter {
    /// Those of this space.
    pub space: Option<SpaceId>,
    /// Those that this user registered for himself.
    pub owner: Option<UserId>,
    /// Those with this in their name, in any case.
    pub text: Option<String>,
}

/// A page of applications, oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn page(
    tx: &mut impl Reads,
    filter: &ApplicationFilter,
    request: PageRequest<ApplicationId>,
) -> Result<Page<ApplicationId, ApplicationId>, Error> {
    use applications as t;
    let mut query = t::table.order(t::id).limit(request.rows()).select(t::id).into_boxed();
    if let Some(space) = filter.space {
        query = query.filter(t::space_id.eq(DbId::from(space)));
    }
    if let Some(owner) = filter.owner {
        query = query.filter(t::owner_user_id.eq(DbId::from(owner)));
    }
    if let Some(text) = &filter.text {
        query = query.filter(search::contains(t::name, text));
    }
    if let Some(after) = request.after {
        query = query.filter(t::id.gt(DbId::from(after)));
    }
    let ids = query.load::<DbId>(tx.db())?;
    Ok(request.page(ids.into_iter().map(DbId::to).collect(), |id| *id))
}

/// What people see of these applications, beside what decisions read.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn profiles(
    tx: &mut impl Reads,
    ids: &[ApplicationId],
) -> Result<HashMap<ApplicationId, ApplicationProfile>, Error> {
    use applications as t;
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = t::table
        .filter(t::id.eq_any(ids.iter().copied().map(DbId::from).collect::<Vec<_>>()))
        .select((t::id, t::description, t::created_at))
        .load::<(DbId, String, i64)>(tx.db())?;
    rows.into_iter()
        .map(|(id, description, created_at)| {
            let description = row::parsed("applications", "description", &description, Description::parse)?;
            Ok((id.to(), ApplicationProfile { description, created_at: Timestamp::from_micros(created_at) }))
        })
        .collect()
}

/// Makes an application, without pairs.
///
/// # Errors
/// [`Error::Refused`] if its space or owner is gone.
pub fn insert(change: &mut Change<'_>, application: &Application, description: &Description) -> Result<(), Error> {
    use applications as t;
    insert_into(t::table)
        .values((
            t::id.eq(DbId::from(application.id)),
            t::space_id.eq(DbId::from(application.space)),
            t::owner_user_id.eq(application.owner.map(DbId::from)),
            t::name.eq(application.name.as_str()),
            t::description.eq(description.as_str()),
            t::kind.eq(application.kind.as_str()),
            t::state.eq(application.state.as_str()),
            t::first_party.eq(application.first_party),
            t::id_token_algorithm.eq(application.id_token_algorithm.as_str()),
            t::backchannel_logout_uri.eq(application.backchannel_logout_uri.as_ref().map(RedirectUri::as_str)),
            t::cut_off.eq(application.cut_off.get()),
            t::redirects_since.eq(application.redirects_since.get()),
            t::created_at.eq(change.now().as_micros()),
        ))
        .execute(change.db)?;
    insert_parts(change, application)
}

/// Writes everything of an application that may change, apart from its pairs.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn save(change: &mut Change<'_>, application: &Application) -> Result<(), Error> {
    use applications as t;
    let id = DbId::from(application.id);
    update(t::table.find(id))
        .set((
            t::name.eq(application.name.as_str()),
            t::state.eq(application.state.as_str()),
            t::first_party.eq(application.first_party),
            t::id_token_algorithm.eq(application.id_token_algorithm.as_str()),
            t::backchannel_logout_uri.eq(application.backchannel_logout_uri.as_ref().map(RedirectUri::as_str)),
            t::cut_off.eq(application.cut_off.get()),
            t::redirects_since.eq(application.redirects_since.get()),
        ))
        .execute(change.db)?;
    delete(application_uris::table.filter(application_uris::application_id.eq(id))).execute(change.db)?;
    delete(application_scopes::table.filter(application_scopes::application_id.eq(id))).execute(change.db)?;
    delete(application_resources::table.filter(application_resources::application_id.eq(id))).execute(change.db)?;
    insert_parts(change, application)
}

/// Writes what an application is for.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn save_description(change: &mut Change<'_>, id: ApplicationId, description: &Description) -> Result<(), Error> {
    update(applications::table.find(DbId::from(id)))
        .set(applications::description.eq(description.as_str()))
        .execute(change.db)?;
    change.touch(Subject::Application(id))
}

fn insert_parts(change: &mut Change<'_>, application: &Application) -> Result<(), Error> {
    let id = DbId::from(application.id);
    for (purpose, uris) in
        [(REDIRECT, &application.redirect_uris), (POST_LOGOUT, &application.post_logout_redirect_uris)]
    {
        use application_uris as t;
        for uri in uris {
            let row = (t::application_id.eq(id), t::purpose.eq(purpose), t::uri.eq(uri.as_str()));
            insert_into(t::table).values(row).execute(change.db)?;
        }
    }
    for allowed in &application.scopes {
        use application_scopes as t;
        insert_into(t::table)
            .values((
                t::application_id.eq(id),
                t::scope.eq(allowed.scope.as_str()),
                t::required.eq(allowed.required),
                t::since.eq(allowed.since.get()),
            ))
            .execute(change.db)?;
    }
    for allowed in &application.resources {
        use application_resources as t;
        let audience = allowed.audience.as_str();
        let row = (t::application_id.eq(id), t::audience.eq(audience), t::since.eq(allowed.since.get()));
        insert_into(t::table).values(row).execute(change.db)?;
    }
    change.touch(Subject::Application(application.id))
}

/// Deletes an application with its pairs, and with all that users gave to it.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn remove(change: &mut Change<'_>, application: &Application) -> Result<(), Error> {
    for pair in &application.pairs {
        change.touch(Subject::Pair(pair.public_id))?;
    }
    let of_application = grants::table.filter(grants::application_id.eq(DbId::from(application.id)));
    for id in of_application.select(grants::id).load::<DbId>(change.db)? {
        change.touch(Subject::Grant(id.to()))?;
    }
    delete(applications::table.find(DbId::from(application.id))).execute(change.db)?;
    change.touch(Subject::Application(application.id))
}

/// Leaves the applications of a user who goes to the space.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn leave_to_space(change: &mut Change<'_>, owner: UserId) -> Result<(), Error> {
    use applications as t;
    let left = update(t::table.filter(t::owner_user_id.eq(DbId::from(owner))))
        .set(t::owner_user_id.eq(None::<DbId>))
        .returning(t::id)
        .get_results::<DbId>(change.db)?;
    left.into_iter().try_for_each(|id| change.touch(Subject::Application(id.to())))
}
