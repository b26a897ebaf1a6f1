//! Values as they are typed on the command line.

use std::{fmt::Display, str::FromStr, time::Duration};

use humantime_serde::re::humantime;

use crate::{
    domain::{ids::SpaceId, name::Name, workspace::WorkspaceNumber},
    manage::RoleRequest,
};

/// A space by id or by name.
#[derive(Debug, Clone)]
pub(super) enum SpaceArgument {
    Id(SpaceId),
    Name(Name),
}

impl FromStr for SpaceArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self::Id).or_else(|_| Name::parse(text).map(Self::Name)).map_err(|error| error.to_string())
    }
}

/// `ROLE`, or `ROLE@NUMBER,NUMBER` for a role in workspaces.
pub(super) fn role_request(text: &str) -> Result<RoleRequest, String> {
    let (role, workspaces) = match text.split_once('@') {
        None => (text, Vec::new()),
        Some((role, numbers)) => {
            let number = |text: &str| {
                WorkspaceNumber::parse(text).ok_or_else(|| format!("`{text}` is not the number of a workspace"))
            };
            (role, numbers.split(',').map(number).collect::<Result<_, _>>()?)
        }
    };
    if role.is_empty() {
        return Err("write ROLE, or ROLE@NUMBER,NUMBER for a role in workspaces".to_owned());
    }
    Ok(RoleRequest { role: role.to_owned(), workspaces })
}

/// A length of time such as `24h`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}; write it like `24h` or `30m`"))
}

/// The value, or a dash.
pub(super) fn or_dash(value: Option<impl Display>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}
