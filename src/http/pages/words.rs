//! Every sentence of the pages about scopes, lifetimes and problems, in one place for whoever translates them.

/// Why a login did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginProblem {
    /// Unknown login, wrong password or disabled user: the page does not say which.
    Wrong,
    /// Too many wrong passwords; how long to wait.
    Throttled {
        /// Until the next try counts.
        seconds: u64,
    },
    /// The server checks too many passwords at the moment.
    Busy,
    /// The form is older than the login it belongs to.
    Expired,
    /// The application asks for a fresh login. Not a fault of anybody.
    EnterAgain,
}

/// Why a password was not set or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordProblem {
    /// The current password is another.
    WrongCurrent,
    /// Fewer bytes than this.
    TooShort {
        /// Bytes needed.
        least: usize,
    },
    /// More bytes than this.
    TooLong {
        /// Bytes allowed.
        most: usize,
    },
    /// It stands on the list of those that everybody tries.
    TooCommon,
    /// It is made of the login or the e-mail address.
    LikeLogin,
    /// It is the current one.
    Same,
    /// Too many wrong passwords; how long to wait.
    Throttled {
        /// Until the next try counts.
        seconds: u64,
    },
    /// The server checks too many passwords at the moment.
    Busy,
    /// The form is too old.
    Expired,
}

/// What has just been done, told on the next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done<'a> {
    /// Access of an application was withdrawn; its name.
    Withdrawn(&'a str),
    /// One session was ended.
    SessionEnded,
    /// All sessions but this one were ended.
    OtherSessionsEnded,
    /// The password was changed.
    PasswordChanged,
}

/// How long an application keeps what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessLife {
    /// Until logout.
    WhileShownUser,
    /// Until the user withdraws it.
    UntilWithdrawn,
    /// Until the user withdraws it or the application does not use it for this long.
    UntilUnused {
        /// Without use.
        days: u64,
    },
}

/// What a scope lets an application do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Looking.
    Read,
    /// Altering.
    Write,
}

/// A problem in words, and the field it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// One or two sentences.
    pub text: String,
    /// `id` of the field to mend, if there is one.
    pub field: Option<&'static str>,
    /// Whether something went wrong, or the user is only told what to do.
    pub is_error: bool,
}

const EXPIRED: &str = "This form was open for too long. Please try again.";
const BUSY: &str = "Many people are logging in at this moment. Please try again in a few seconds.";

impl LoginProblem {
    /// In words.
    #[must_use]
    pub fn complaint(&self) -> Complaint {
        match self {
            Self::Wrong => Complaint::about("login", "That login and password do not belong together."),
            Self::Throttled { seconds } => Complaint::general(throttled(*seconds)),
            Self::Busy => Complaint::general(BUSY),
            Self::Expired => Complaint::general(EXPIRED),
            Self::EnterAgain => Complaint {
                is_error: false,
                ..Complaint::about("password", "Please enter your password again to confirm that it is you.")
            },
        }
    }
}

impl PasswordProblem {
    /// In words.
    #[must_use]
    pub fn complaint(&self) -> Complaint {
        let new = |text: &str| Complaint::about("password", text);
        match self {
            Self::WrongCurrent => Complaint::about("current", "That is not your current password."),
            Self::TooShort { least } => new(&format!("The new password needs at least {least} characters.")),
            Self::TooLong { most } => new(&format!("The new password has more than {most} characters.")),
            Self::TooCommon => new("That password is among the first that anybody would try. Choose another one."),
            Self::LikeLogin => new("That password is too close to your login. Choose another one."),
            Self::Same => new("That is your current password. Choose a new one."),
            Self::Throttled { seconds } => Complaint::general(throttled(*seconds)),
            Self::Busy => Complaint::general(BUSY),
            Self::Expired => Complaint::general(EXPIRED),
        }
    }
}

impl Complaint {
    fn about(field: &'static str, text: impl Into<String>) -> Self {
        Self { text: text.into(), field: Some(field), is_error: true }
    }

    fn general(text: impl Into<String>) -> Self {
        Self { text: text.into(), field: None, is_error: true }
    }
}

/// Whether the complaint, if there is one, is about the field of this `id`.
#[must_use]
pub fn is_about(complaint: Option<&Complaint>, field: &str) -> bool {
    complaint.is_some_and(|complaint| complaint.is_error && complaint.field == Some(field))
}

fn throttled(seconds: u64) -> String {
    format!("There were too many wrong passwords. Please try again in {}.", duration(seconds))
}

/// `1 second`, `45 seconds`, `2 minutes`, rounded up so that nobody comes too early.
fn duration(seconds: u64) -> String {
    let (count, unit) = if seconds < 90 { (seconds.max(1), "second") } else { (seconds.div_ceil(60), "minute") };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

impl Done<'_> {
    /// In words.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Withdrawn(application) => format!("{application} no longer has access."),
            Self::SessionEnded => "The session has ended.".to_owned(),
            Self::OtherSessionsEnded => "All other sessions have ended.".to_owned(),
            Self::PasswordChanged => "Your password has changed. All other sessions have ended.".to_owned(),
        }
    }
}

impl AccessLife {
    /// In words.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::WhileShownUser => "The access ends when you log out here.".to_owned(),
            Self::UntilWithdrawn => "The access lasts until you withdraw it, also while you are logged out.".to_owned(),
            Self::UntilUnused { days } => {
                let days = if *days == 1 { "a day".to_owned() } else { format!("{days} days") };
                format!(
                    "The access lasts until you withdraw it, also while you are logged out. It ends by itself if it is not used for {days}."
                )
            }
        }
    }
}

impl Access {
    /// The word on the badge.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::Write => "Write",
        }
    }
}

/// What a built-in scope lets an application do; registered ones bring their own description.
#[must_use]
pub fn built_in(scope: &str) -> Option<(&'static str, Option<Access>)> {
    Some(match scope {
        "openid" => ("Recognise you when you log in", None),
        "profile" => ("See your name", Some(Access::Read)),
        "email" => ("See your e-mail address", Some(Access::Read)),
        "offline_access" => ("Keep its access while you are logged out", None),
        "read" => ("See the data that you can see", Some(Access::Read)),
        "write" => ("Create, change and delete the data that you can change", Some(Access::Write)),
        _ => return None,
    })
}

/// What to know before choosing a password.
#[must_use]
pub fn password_hint(least: usize) -> String {
    format!("At least {least} characters. A few words in a row are easy to keep in mind and hard to guess.")
}

/// What happens when access is withdrawn, with the number of logins that end.
#[must_use]
pub fn withdrawal(logins: u64) -> String {
    let logins = match logins {
        0 => String::new(),
        1 => " One login to it ends.".to_owned(),
        several => format!(" {several} logins to it end."),
    };
    format!(
        "It loses access at once.{logins} What it has stored stays with it. To use it again you will be asked again."
    )
}

/// What an application with these scopes cannot do. `alters` says whether one of the registered scopes among them is one
/// for writing.
#[must_use]
pub fn not_able(scopes: &[&str], alters: bool) -> Vec<&'static str> {
    let has = |scope| scopes.contains(&scope);
    let reads = alters || scopes.iter().any(|scope| matches!(*scope, "read" | "write") || built_in(scope).is_none());
    let mut list = vec!["See or change your password", "Do more than you may do yourself"];
    if !reads {
        list.push("See or change any of your data");
    } else if !(alters || has("write")) {
        list.push("Create, change or delete anything");
    }
    if !has("email") {
        list.push("See your e-mail address");
    }
    if !has("offline_access") {
        list.push("Go on after you log out here");
    }
    list.push("Go on after you withdraw its access");
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_times_are_never_told_too_short() {
        assert_eq!(duration(0), "1 second");
        assert_eq!(duration(1), "1 second");
        assert_eq!(duration(89), "89 seconds");
        assert_eq!(duration(90), "2 minutes");
        assert_eq!(duration(121), "3 minutes");
    }

    #[test]
    fn what_is_asked_for_is_not_among_what_is_out_of_reach() {
        let all = ["openid", "profile", "email", "offline_access", "read", "write"];
        assert_eq!(not_able(&all, false).len(), 3);
        assert!(not_able(&["openid"], false).contains(&"See or change any of your data"));
        assert!(not_able(&["openid", "read"], false).contains(&"Create, change or delete anything"));
        assert!(!not_able(&["reports.edit"], true).contains(&"Create, change or delete anything"));
        assert!(!not_able(&["reports.view"], false).contains(&"See or change any of your data"));
    }
}
