//! The world of a walk, who acts in it, and what happened so far.

use std::fmt;

use keystead::{
    crypto::password::{PasswordHash, PasswordHasher},
    domain::{
        access_token::{AccessToken, Acts},
        api_key::{Owner, UserKeyRoles},
        authority::Authority,
        ids::{ApiKeyId, RoleId, SpaceId, UserId},
        key_pair::PublicId,
        sequence::Seq,
        user::Login,
        workspace::WorkspaceNumber,
    },
    manage::{
        self, Deps, RoleRequest,
        authority::{Purpose, TokenCaller},
        credentials::NewCredential,
        resource_servers::CreateResourceServer,
        spaces::CreateSpace,
        user_roles::GiveUserRole,
        users::CreateUser,
        workspaces::CreateWorkspace,
    },
    store::{self, Change},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::formula::{Rights, Truth};
use crate::{
    deciding::{Node, claims_of, facts_of},
    support::site::{Credential, TestSite, audience, name},
};

/// Audience of the resource server that the walk alters.
pub(super) const OTHER_AUDIENCE: &str = "https://other.example.com";

/// Where the walk goes.
pub(super) struct Walk {
    pub(super) site: TestSite,
    pub(super) random: StdRng,
    pub(super) history: History,
    /// The site's space, and another one.
    pub(super) spaces: [SpaceId; 2],
    /// Workspaces of both, also some that are gone.
    pub(super) workspaces: Vec<WorkspaceNumber>,
    pub(super) users: Vec<(UserId, Login)>,
    pub(super) keys: Vec<ApiKeyId>,
    /// Secrets that were handed out, also some that are dead.
    pub(super) secrets: Vec<(ApiKeyId, Credential)>,
    pub(super) tokens: Vec<Remembered>,
    pub(super) roles: Vec<(RoleId, String)>,
    /// A resource server that accepts keys and never changes.
    pub(super) steady: Credential,
    /// One that changes, with each secret it ever had.
    pub(super) changing: Vec<Credential>,
    pub(super) password: PasswordHash,
    pub(super) caller: Caller,
    /// Whether the caller changed something in this step.
    pub(super) changed: bool,
    /// How many names were made up.
    made: usize,
    /// A key and a user to whom more happens than to the others, for a while.
    focus: (usize, usize),
}

/// A token that somebody holds.
pub(super) struct Remembered {
    pub(super) text: String,
    pub(super) facts: AccessToken,
    pub(super) audience: String,
    /// Nothing that it hangs on was away at any step since it was made.
    pub(super) lives: bool,
    /// It was made to write, and its key could write ever since.
    pub(super) writes: bool,
    /// The roles that it named when it was made and that were never taken since.
    pub(super) carries: Rights,
}

impl Remembered {
    /// The key that it was issued to.
    pub(super) fn key(&self) -> ApiKeyId {
        key_and_pair(&self.facts).0
    }

    /// The pair that was presented for it.
    pub(super) fn pair(&self) -> PublicId {
        key_and_pair(&self.facts).1
    }
}

/// Only keys act in these walks.
pub(super) fn key_and_pair(token: &AccessToken) -> (ApiKeyId, PublicId) {
    match token.acts {
        Acts::Key { key, pair } => (key, pair),
        Acts::Application { .. } => panic!("no application is in this world"),
    }
}

/// Who acts.
#[derive(Debug, Clone)]
pub(super) enum Caller {
    Operator,
    User(UserId),
    Token(Box<TokenCaller>),
}

impl Caller {
    fn authority(&self, change: &mut Change<'_>) -> Result<Authority, manage::Error> {
        match self {
            Self::Operator => Ok(Authority::OPERATOR),
            Self::User(id) => manage::authority::of_user(change, *id),
            Self::Token(caller) => manage::authority::of_token(change, caller, Purpose::Change),
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator => out.write_str("operator"),
            Self::User(id) => id.fmt(out),
            Self::Token(caller) => write!(out, "token of {}", key_and_pair(&caller.token).0),
        }
    }
}

/// What happened so far; told when the walk fails.
pub(super) struct History {
    seed: u64,
    steps: Vec<String>,
}

impl History {
    pub(super) fn note(&mut self, step: String) {
        self.steps.push(step);
    }
}

impl Drop for History {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the walk with seed {} failed after step {}:", self.seed, self.steps.len());
            for (number, step) in (1..).zip(&self.steps) {
                eprintln!("{number:>5} {step}");
            }
        }
    }
}

impl Walk {
    pub(super) fn new(site: TestSite, seed: u64) -> Self {
        let elsewhere = site.change(|change, deps| {
            manage::spaces::create(change, deps, &Authority::OPERATOR, CreateSpace::production(name("Elsewhere")))
        });
        let (steady, changing) =
            (server(&site, "Steady", "https://steady.example.com"), server(&site, "Changing", OTHER_AUDIENCE));
        let passwords = PasswordHasher::new(std::num::NonZeroUsize::MIN, 1);
        let mut walk = Self {
            random: StdRng::seed_from_u64(seed),
            history: History { seed, steps: Vec::new() },
            spaces: [site.space, elsewhere.id],
            workspaces: site.workspaces.iter().map(|(number, _)| *number).collect(),
            users: Vec::new(),
            keys: Vec::new(),
            secrets: Vec::new(),
            tokens: Vec::new(),
            roles: Vec::new(),
            steady,
            changing: vec![changing],
            password: passwords.hash_blocking("correct horse battery").expect("it is long enough"),
            caller: Caller::Operator,
            changed: false,
            made: 0,
            focus: (0, 0),
            site,
        };
        walk.populate();
        walk
    }

    fn populate(&mut self) {
        let [here, there] = self.spaces;
        let input = CreateWorkspace { space: there, name: name("Abroad") };
        let abroad = self.site.change(|tx, deps| manage::workspaces::create(tx, deps, &Authority::OPERATOR, input));
        self.workspaces.push(abroad.number);
        for (login, home) in [("owner", here), ("admin", here), ("neighbour", there), ("site", here)] {
            let login = Login::parse(login).expect("a login");
            let mut input = CreateUser::person(home, login.clone(), name(login.as_str()));
            input.password = Some(self.password.clone()).filter(|_| login.as_str() == "owner");
            let made = self.site.change(|tx, deps| manage::users::create(tx, deps, &Authority::OPERATOR, input));
            self.users.push((made.id, login));
        }
        let [first, second] = [self.workspaces[0], self.workspaces[1]];
        let gifts: [(usize, SpaceId, &str, &[WorkspaceNumber]); 7] = [
            (0, here, "viewer", &[first, second]),
            (0, here, "editor", &[first]),
            (0, here, "ci_cd_integration", &[second]),
            (1, here, "space_admin", &[]),
            (1, there, "space_admin", &[]),
            (2, here, "workspace_admin", &[first]),
            (3, here, "site_admin", &[]),
        ];
        for (user, space, role, workspaces) in gifts {
            let request = RoleRequest { role: role.to_owned(), workspaces: workspaces.to_vec() };
            let input = GiveUserRole { id: self.users[user].0, space, request };
            self.site.change(|tx, deps| manage::user_roles::give(tx, deps, &Authority::OPERATOR, input));
        }
        let owned = |user: usize, roles| Owner::User { id: self.users[user].0, roles };
        let made = [
            self.site.key("space_admin", &[]),
            self.site.key("editor", &[0, 1]),
            self.site.key_with(|key| key.owner = owned(0, UserKeyRoles::Inherit)),
            self.site.key_with(|key| {
                key.owner = owned(0, UserKeyRoles::Subset);
                key.roles = vec![self.site.role("viewer", &[1])];
            }),
        ];
        for key in made {
            let id = key.client_id.parse().expect("the id of a key");
            self.keys.push(id);
            self.secrets.push((id, key));
        }
    }

    /// One change of whoever acts in this step. Answers nothing if it was refused; then nothing may have changed.
    pub(super) fn act<T>(
        &mut self,
        what: impl fmt::Display,
        body: impl FnOnce(&mut Change<'_>, &Deps, &Authority) -> Result<T, manage::Error>,
    ) -> Option<T> {
        let (before, caller) = (self.seq(), self.caller.clone());
        let done = self.site.try_change(|change, deps| {
            let authority = caller.authority(change)?;
            body(change, deps, &authority)
        });
        let outcome = match &done {
            Ok(_) => "done".to_owned(),
            Err(error) => error.code().to_owned(),
        };
        self.history.note(format!("{caller}: {what}: {outcome}"));
        match done {
            Ok(value) => {
                self.changed = true;
                Some(value)
            }
            Err(error) => {
                let in_words =
                    !matches!(&error, manage::Error::Store(trouble) if !matches!(trouble, store::Error::Duplicate));
                assert!(in_words, "a rule is refused in the words of the domain, not with: {error}");
                assert_eq!(self.seq(), before, "a refusal changes nothing");
                None
            }
        }
    }

    fn seq(&self) -> Seq {
        self.site.store.snapshot(|tx| Ok::<_, store::Error>(tx.stamp().seq)).expect("the database answers")
    }

    /// Somebody who acts in the next step: mostly the operator. Now and then the walk turns to another key and user.
    pub(super) fn choose_caller(&mut self, node: &Node) {
        if self.chance(8) {
            self.focus = (self.pick(100), self.pick(100));
        }
        let index = self.pick(self.users.len());
        let user = self.users[index].0;
        let token = (!self.tokens.is_empty()).then(|| self.pick(self.tokens.len()));
        self.changed = false;
        self.caller = match (self.pick(10), token) {
            (0..=1, _) => Caller::User(user),
            (2, Some(index)) => {
                let moment = node.now();
                let token = self.tokens[index].facts.clone();
                Caller::Token(Box::new(TokenCaller { token, address: None, head: moment.seq, now: moment.now }))
            }
            _ => Caller::Operator,
        };
    }

    /// Whoever changed something could act at all, by the rows from before.
    pub(super) fn check_caller(&self, before: &Truth) {
        match &self.caller {
            _ if !self.changed => {}
            Caller::Operator => {}
            Caller::User(id) => assert!(before.may_act(*id), "a disabled user changed something"),
            Caller::Token(caller) => {
                let known = self.tokens.iter().find(|token| token.facts.id == caller.token.id);
                assert!(known.is_none_or(|token| token.lives), "a dead token changed something");
                let (key, pair) = key_and_pair(&caller.token);
                assert!(before.is_usable(key, pair), "a key that does not work changed something");
            }
        }
    }

    pub(super) fn keep(&mut self, made: &NewCredential<ApiKeyId>) {
        let secret = made.secret.expose().to_owned();
        let credential = Credential { client_id: made.client_id.to_string(), public_id: made.public_id, secret };
        self.secrets.push((made.client_id, credential));
    }

    pub(super) fn pick(&mut self, most: usize) -> usize {
        self.random.random_range(0..most)
    }

    pub(super) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        let index = self.pick(all.len());
        all[index]
    }

    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.pick(100) < percent
    }

    pub(super) fn key(&mut self) -> ApiKeyId {
        let index = if self.chance(60) { self.focus.0 } else { self.pick(100) };
        self.keys[index % self.keys.len()]
    }

    pub(super) fn user(&mut self) -> UserId {
        let index = if self.chance(50) { self.focus.1 } else { self.pick(100) };
        self.users[index % self.users.len()].0
    }

    pub(super) fn space(&mut self) -> SpaceId {
        let index = usize::from(self.chance(20));
        self.spaces[index]
    }

    pub(super) fn workspace(&mut self) -> WorkspaceNumber {
        let index = self.pick(self.workspaces.len());
        self.workspaces[index]
    }

    /// A name that nothing else has.
    pub(super) fn new_word(&mut self, start: &str) -> String {
        self.made += 1;
        format!("{start}{}", self.made)
    }
}

impl Remembered {
    pub(super) fn new(text: String, truth: &Truth) -> Self {
        let (facts, claims) = (facts_of(&text), claims_of(&text));
        let carries =
            truth.key(key_and_pair(&facts).0).map(|key| truth.counting(&truth.given(key))).unwrap_or_default();
        let audience = claims["aud"].as_str().expect("a text").to_owned();
        let writes = facts.scope.write;
        Self { text, facts, audience, writes, lives: true, carries }
    }
}

fn server(site: &TestSite, title: &str, served: &str) -> Credential {
    let input = CreateResourceServer { name: name(title), audiences: vec![audience(served)], accepts_api_keys: true };
    let made = site.change(|tx, deps| manage::resource_servers::create(tx, deps, &Authority::OPERATOR, input));
    Credential {
        client_id: made.client_id.to_string(),
        public_id: made.public_id,
        secret: made.secret.expose().to_owned(),
    }
}
