//! Values as they are typed on the command line.

use std::{fmt::Display, str::FromStr, time::Duration};

use clap::ValueEnum;
use humantime_serde::re::humantime;

use crate::{
    domain::{
        authority::Authority,
        ids::{SpaceId, UserId},
        name::Name,
        role::RoleName,
        user::Login,
        workspace::WorkspaceNumber,
    },
    manage::{self, RoleRequest, names},
    store::transaction::Reads,
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

impl SpaceArgument {
    /// Its id; whether there is a space with an id that was typed is seen when it is used.
    pub(super) fn id(&self, tx: &mut impl Reads, authority: &Authority) -> Result<SpaceId, manage::Error> {
        match self {
            Self::Id(id) => Ok(*id),
            Self::Name(name) => names::space(tx, authority, name),
        }
    }
}

/// A user by id or by login.
#[derive(Debug, Clone)]
pub(super) enum UserArgument {
    Id(UserId),
    Login(Login),
}

impl FromStr for UserArgument {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::Id).or_else(|_| login(text).map(Self::Login))
    }
}

impl UserArgument {
    /// The id; whether there is a user with an id that was typed is seen when it is used.
    pub(super) fn id(&self, tx: &mut impl Reads, authority: &Authority) -> Result<UserId, manage::Error> {
        match self {
            Self::Id(id) => Ok(*id),
            Self::Login(login) => names::user(tx, authority, login),
        }
    }
}

/// What somebody logs in with.
pub(super) fn login(text: &str) -> Result<Login, &'static str> {
    Login::parse(text).ok_or("a login has 1 to 100 visible characters without white space")
}

/// The word that tokens carry for a role.
pub(super) fn role_name(text: &str) -> Result<RoleName, &'static str> {
    RoleName::parse(text).ok_or("the name of a role has 2 to 64 characters a-z, 0-9 and _, and begins with a letter")
}

/// The number of a workspace.
pub(super) fn workspace_number(text: &str) -> Result<WorkspaceNumber, String> {
    WorkspaceNumber::parse(text).ok_or_else(|| format!("`{text}` is not the number of a workspace"))
}

/// `ROLE`, or `ROLE@NUMBER,NUMBER` for a role in workspaces.
pub(super) fn role_request(text: &str) -> Result<RoleRequest, String> {
    let (role, workspaces) = match text.split_once('@') {
        None => (text, Vec::new()),
        Some((role, numbers)) => (role, numbers.split(',').map(workspace_number).collect::<Result<_, _>>()?),
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

/// A length of time, or `none`.
pub(super) fn optional_duration(text: &str) -> Result<Limit, String> {
    match text {
        "none" => Ok(Limit(None)),
        text => duration(text).and_then(|life| match life.subsec_nanos() {
            0 if !life.is_zero() => Ok(Limit(Some(life))),
            _ => Err("write whole seconds, at least one, or `none`".to_owned()),
        }),
    }
}

/// A length of time that may be without limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit(pub(super) Option<Duration>);

/// A switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Switch {
    On,
    Off,
}

impl From<Switch> for bool {
    fn from(switch: Switch) -> Self {
        switch == Switch::On
    }
}

/// The value, or a dash.
pub(super) fn or_dash(value: Option<impl Display>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// All words with a space between them, or a dash.
pub(super) fn words(values: impl IntoIterator<Item = impl Display>) -> String {
    let words: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    if words.is_empty() { "-".to_owned() } else { words.join(" ") }
}

/// The text as one word of a POSIX shell.
pub(super) fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+=,".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
