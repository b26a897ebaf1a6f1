//! What people should know of what a key may do, beside its roles.

use super::{permission, rights::HeldRole, text_enum::text_enum};

text_enum! {
    /// Something that the roles of a key do not say by themselves.
    KeyNotice {
        /// Restrictions to single rows of data hold for persons, not for keys (L115).
        RowLevelRestrictionsDoNotApply = "row_level_restrictions_do_not_apply",
        /// Who reads reports through a key reads the tables that they are made of, too (L116).
        ReportsImplyData = "reports_imply_data",
    }
}

impl KeyNotice {
    /// The notices for a key in which these roles count.
    #[must_use]
    pub fn of(held: &[HeldRole]) -> Vec<Self> {
        let mut permissions = held.iter().flat_map(|held| &held.role.permissions);
        let implies =
            permissions.any(|held| permission::find(&held.name).is_some_and(|known| !known.implies.is_empty()));
        let notices = [(!held.is_empty(), Self::RowLevelRestrictionsDoNotApply), (implies, Self::ReportsImplyData)];
        notices.into_iter().filter(|(applies, _)| *applies).map(|(_, notice)| notice).collect()
    }
}
