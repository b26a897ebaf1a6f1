//! What stands around every page of the console: where one is, where one can go, what has just been done.

use super::{asked::Visit, words};
use crate::{
    domain::{
        authority::{Area, Authority},
        ids::SpaceId,
        permission::{AUDIT_READ, KEYS_MANAGE, SITE_MANAGE, SPACE_MANAGE, USERS_MANAGE},
        space::Space,
    },
    http::pages::{view::ShownUser, words::Complaint},
};

/// Where the pages are.
pub(super) struct Site {
    /// The path of the issuer.
    pub(super) base: String,
    /// Its host.
    pub(super) host: String,
}

/// A way to another page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// Below the path of the issuer.
    pub(super) path: String,
    /// What stands on it.
    pub(super) text: String,
    /// Whether one is there.
    pub(super) is_here: bool,
}

/// A tab of a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SpaceTab {
    Keys,
    Users,
    Roles,
    Workspaces,
    Audit,
    Settings,
}

/// A tab of one's own account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AccountTab {
    Keys,
    Clients,
}

/// A tab of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SiteTab {
    Spaces,
    SigningKeys,
    Health,
    ExpiringKeys,
    Audit,
}

/// Where a page belongs.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    /// To a space.
    Space(&'a Space, SpaceTab),
    /// To one's own account.
    Account(AccountTab),
    /// To the installation.
    Site(SiteTab),
    /// To nothing of these, such as the list of spaces.
    Elsewhere,
}

/// What stands around a page.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    /// Who is logged in.
    pub(super) user: ShownUser<'a>,
    /// Token of the forms.
    pub(super) csrf: &'a str,
    /// Mark of the state that its form shows, if the form alters what is there (`shown_state`).
    pub(super) seen: Option<String>,
    /// The large places.
    pub(super) places: Vec<Link>,
    /// What the tabs belong to, in a word.
    pub(super) tabs_of: String,
    /// The pages beside this one.
    pub(super) tabs: Vec<Link>,
    /// What has just been done.
    pub(super) done: Option<&'static str>,
    /// Why a form is shown again.
    pub(super) complaint: Option<&'a Complaint>,
}

impl Frame<'_> {
    /// The same around a form that shows this state and alters it.
    pub(super) fn showing(self, mark: String) -> Self {
        Self { seen: Some(mark), ..self }
    }
}

impl<'a> Visit<'a> {
    /// What stands around a page that belongs there.
    pub(super) fn frame(&self, place: Place<'_>) -> Frame<'a> {
        let profile = &self.who().profile;
        let (tabs_of, tabs) = tabs(self.authority, place);
        Frame {
            user: ShownUser {
                name: profile.full_name.as_str(),
                login: profile.login.as_str(),
                log_out_csrf: self.log_out_csrf(),
            },
            csrf: self.csrf(),
            seen: None,
            places: self.places(place),
            tabs_of,
            tabs,
            done: self.query().get("done").and_then(words::done).filter(|_| self.complaint().is_none()),
            complaint: self.complaint(),
        }
    }

    fn places(&self, place: Place<'_>) -> Vec<Link> {
        let home = &self.who().home;
        let mut places = Vec::new();
        let here = match place {
            Place::Space(space, _) => space,
            _ => home,
        };
        places.push(Link {
            path: format!("/spaces/{}", here.id),
            text: here.name.as_str().to_owned(),
            is_here: matches!(place, Place::Space(..)),
        });
        let may_choose = self.authority.spaces().is_none_or(|spaces| spaces.len() > 1);
        if may_choose {
            places.push(link("/spaces", "Other spaces", false));
        }
        if self.authority.may(SITE_MANAGE, Area::Site) {
            places.push(link("/site", "Site", matches!(place, Place::Site(_))));
        }
        places.push(link("/inspect", "Inspector", self.location().ends_with("/inspect")));
        places.push(link("/account", "My account", matches!(place, Place::Account(_))));
        places
    }
}

fn link(path: &str, text: &str, is_here: bool) -> Link {
    Link { path: path.to_owned(), text: text.to_owned(), is_here }
}

fn tabs(authority: &Authority, place: Place<'_>) -> (String, Vec<Link>) {
    match place {
        Place::Space(space, here) => (space.name.as_str().to_owned(), space_tabs(authority, space.id, Some(here))),
        Place::Account(here) => {
            let tab =
                |of: Option<AccountTab>, path: &str, text| link(&format!("/account/{path}"), text, of == Some(here));
            let tabs = vec![
                tab(None, "applications", "Authorized applications"),
                tab(Some(AccountTab::Keys), "keys", "API keys"),
                tab(Some(AccountTab::Clients), "clients", "OAuth clients"),
                tab(None, "sessions", "Sessions"),
                tab(None, "password", "Password"),
            ];
            ("My account".to_owned(), tabs)
        }
        Place::Site(here) => {
            let tab = |of: SiteTab, path: &str, text| link(&format!("/site/{path}"), text, of == here);
            let tabs = vec![
                tab(SiteTab::Spaces, "spaces", "Spaces"),
                tab(SiteTab::SigningKeys, "signing-keys", "Signing keys"),
                tab(SiteTab::ExpiringKeys, "expiring-keys", "Expiring keys"),
                tab(SiteTab::Health, "health", "Health"),
                tab(SiteTab::Audit, "audit", "Audit"),
            ];
            ("Site".to_owned(), tabs)
        }
        Place::Elsewhere => (String::new(), Vec::new()),
    }
}

/// The tabs of a space that whoever asks gets to see something on.
pub(super) fn space_tabs(authority: &Authority, space: SpaceId, here: Option<SpaceTab>) -> Vec<Link> {
    let may = |permission| authority.may(permission, Area::Space(space));
    let all = [
        (SpaceTab::Keys, "keys", "API access", may(KEYS_MANAGE)),
        (SpaceTab::Users, "users", "Users", may(USERS_MANAGE)),
        (SpaceTab::Roles, "roles", "Roles", true),
        (SpaceTab::Workspaces, "workspaces", "Workspaces", true),
        (SpaceTab::Audit, "audit", "Audit", may(AUDIT_READ)),
        (SpaceTab::Settings, "settings", "Settings", may(SPACE_MANAGE) || may(KEYS_MANAGE)),
    ];
    let shown = all.into_iter().filter(|(.., is_shown)| *is_shown);
    shown.map(|(tab, path, text, _)| link(&format!("/spaces/{space}/{path}"), text, here == Some(tab))).collect()
}
