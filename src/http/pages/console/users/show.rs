//! One user: who that is, what the user holds, and everything that acts for the user.

use askama::Template;

use super::{UserLine, found, lines, place, words::invitation};
use crate::{
    domain::{
        authority::Area,
        permission::{AUDIT_READ, KEYS_MANAGE, ROLES_MANAGE, USERS_MANAGE},
        session::Session,
        space::Space,
        user::{AccountType, UserState},
    },
    http::pages::{
        console::{
            asked::Visit,
            frame::Frame,
            keys::line::{KeyLine, lines as key_lines},
            parts::Light,
            refused::Refused,
            screen::{Html, Screen},
        },
        filters,
        handlers::sessions::device_name,
        moment::Moment,
        view::Shell,
    },
    manage::{
        facts::{HomeFacts, UserFacts},
        names,
        reach::{self, Reach},
        user_roles,
    },
    store::Rows,
};

/// So many keys and sessions are on the page.
const MOST: usize = 50;

pub(super) fn screens() -> Vec<Screen> {
    vec![Screen::looking("/users/{user}", show)]
}

#[derive(Debug, Template)]
#[template(path = "console/user.html")]
struct UserPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    user: UserLine,
    home: Option<String>,
    made: Moment,
    warnings: Vec<String>,
    may: May,
    /// What only the user and whoever manages the users of the home see.
    at_home: Option<AtHome>,
    /// Where the user is a guest, as far as whoever asks may end that.
    guest_of: Option<String>,
    /// Where roles are given to the user, for those who may.
    give: Option<String>,
    audit: Option<String>,
}

/// What whoever asks may do to the user.
#[derive(Debug)]
struct May {
    /// Edit, and end what acts for the user.
    manage: bool,
    set_password: bool,
    /// Where the workspaces are in which the user holds roles, with the keys that reach there.
    workspaces: Option<String>,
    new_key: Option<String>,
    /// Disable or enable the user, by how the user stands now; nobody does that to himself.
    end: Option<UserState>,
}

/// What acts for a user, and how the user logs in.
#[derive(Debug)]
struct AtHome {
    emails: Vec<String>,
    password_set: Option<Moment>,
    keys_are_off: bool,
    is_sso_exempt: bool,
    invitation: Option<InvitationLine>,
    setup_link: Option<Moment>,
    /// Nothing for those who may not know of keys.
    keys: Option<Vec<KeyLine>>,
    has_more_keys: bool,
    sessions: Vec<SessionLine>,
    applications: usize,
}

/// The invitation of a user.
#[derive(Debug)]
struct InvitationLine {
    state: Light,
    made: Moment,
    expires: Moment,
}

/// A browser in which the user is logged in.
#[derive(Debug)]
struct SessionLine {
    path: String,
    device: String,
    address: String,
    began: Moment,
    last_seen: Moment,
}

fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let (facts, space) = found(rows, visit)?;
    let (id, home) = (facts.user.id, facts.user.home);
    let authority = visit.authority;
    let may_manage = authority.may(USERS_MANAGE, Area::Space(home));
    let reach = match facts.at_home {
        Some(_) => Some(reach::of_user(rows, authority, id, visit.now(), Some(visit.session_idle()))?),
        None => None,
    };
    let is_guest = home != space.id;
    let is_active = facts.user.state == UserState::Active;
    let is_own = authority.is_user(id);
    let manages = |name: &str| authority.may(name, Area::Space(space.id));
    let sees_workspaces = is_own || manages(USERS_MANAGE) || manages(ROLES_MANAGE);
    let makes_keys = !is_guest && is_active && authority.may(KEYS_MANAGE, Area::Space(home));
    let path = super::path_of(id);
    let may = May {
        manage: may_manage,
        set_password: may_manage && is_active && facts.profile.account_type == AccountType::Standard,
        workspaces: sees_workspaces.then(|| format!("{path}/workspaces")),
        new_key: makes_keys.then(|| format!("{path}/keys/new")),
        end: (may_manage && !is_own).then_some(facts.user.state),
    };
    let made = Moment::new(facts.profile.created_at, visit.now());
    let warnings = warnings(&facts, reach.as_ref());
    let at_home = match reach {
        Some(reach) => Some(at_home(rows, visit, &facts, reach)?),
        None => None,
    };
    let home = names::of_spaces(rows, authority, &[home])?.remove(&home).map(|name| name.as_str().to_owned());
    let user =
        lines(rows, visit, vec![facts], None)?.pop().ok_or_else(crate::http::pages::refusal::PageRefusal::not_found)?;
    Html::of(&UserPage {
        shell: visit.shell(),
        frame: visit.frame(place(&space)),
        home,
        made,
        warnings,
        guest_of: guest_of(visit, &space, is_guest, &user),
        give: user_roles::gives_somewhere(authority, space.id)
            .then(|| format!("{}/roles/new?space={}", user.path, space.id)),
        audit: authority
            .may(AUDIT_READ, Area::Space(space.id))
            .then(|| format!("/spaces/{}/audit?user={id}", space.id)),
        user,
        may,
        at_home,
    })
}

fn guest_of(visit: &Visit<'_>, space: &Space, is_guest: bool, user: &UserLine) -> Option<String> {
    let may = is_guest && visit.authority.may(ROLES_MANAGE, Area::Space(space.id));
    may.then(|| format!("/spaces/{}/guests/{}/remove", space.id, user.id))
}

fn warnings(facts: &UserFacts, reach: Option<&Reach>) -> Vec<String> {
    let mut warnings: Vec<String> =
        facts.profile.warnings().into_iter().map(|warning| super::words::warning(warning).to_owned()).collect();
    let cannot = reach.and_then(|reach| reach.cannot_log_in.as_ref());
    warnings.extend(cannot.map(|cannot| super::words::cannot_log_in(cannot.reason).to_owned()));
    warnings
}

fn at_home(rows: &mut Rows<'_>, visit: &Visit<'_>, facts: &UserFacts, reach: Reach) -> Result<AtHome, Refused> {
    let moment = |at| Moment::new(at, visit.now());
    let invitation = facts.at_home.as_ref().and_then(|HomeFacts { invitation, .. }| invitation.as_ref());
    let path = super::path_of(facts.user.id);
    let (keys, has_more_keys) = match reach.keys {
        Some(mut keys) => {
            let more = keys.more || keys.items.len() > MOST;
            keys.items.truncate(MOST);
            (Some(key_lines(rows, visit, keys.items)?), more)
        }
        None => (None, false),
    };
    Ok(AtHome {
        emails: facts.profile.emails.iter().map(|email| email.as_str().to_owned()).collect(),
        password_set: facts.user.password_set_at.map(moment),
        keys_are_off: !facts.user.api_keys_enabled,
        is_sso_exempt: facts.user.sso_exempt,
        invitation: invitation.map(|found| InvitationLine {
            state: self::invitation(found.state(visit.now())),
            made: moment(found.invitation.made_at),
            expires: moment(found.invitation.expires_at),
        }),
        setup_link: reach.setup_link_expires_at.map(moment),
        keys,
        has_more_keys,
        sessions: reach.sessions.iter().take(MOST).map(|session| session_line(session, &path, moment)).collect(),
        applications: reach.authorized_applications.items.len(),
    })
}

fn session_line(
    session: &Session,
    path: &str,
    moment: impl Fn(crate::domain::time::Timestamp) -> Moment,
) -> SessionLine {
    SessionLine {
        path: format!("{path}/sessions/{}/end", session.id),
        device: device_name(&session.device),
        address: session.address.map_or_else(|| "unknown".to_owned(), |address| address.to_string()),
        began: moment(session.created_at),
        last_seen: moment(session.last_seen_at),
    }
}
