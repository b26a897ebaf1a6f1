//! The table of rights: every operation as every role, with a fresh thing to do it to. What the row says is what happens
//! (K1), and for whoever administers another space there is nothing to do it to (K3).

use std::time::Duration;

use keystead::{
    crypto::{
        secret_text::{NewSecret, SecretKind},
        webhook_signature,
    },
    domain::{
        audit_filter::{AuditFilter, Stream},
        authority::Authority,
        catalogue::BUILT_IN_ROLES,
        event::EventKind,
        ids::{AuditEventId, EventId, GrantId, RoleId, SessionId, SpaceId, UserId, WebhookId},
        key_pair::KeptSecret,
        name::Description,
        page::{PageRequest, PageSize},
        permission::{self, Level, PermissionClass, PermissionName, RegisteredPermission},
        role::{Integration, RoleName},
        sequence::Seq,
        session::Session,
        space::SpaceKind,
        user::Login,
        webhook::{Webhook, WebhookState, WebhookUrl},
    },
    http::api::{
        operation::{Needs, Operation},
        operations,
    },
    manage::{self, RoleRequest, roles::CreateRole, spaces::CreateSpace, users::CreateUser, webhooks::OfSpace},
    store::{self, Snapshot, Writes, sessions::KeptSession},
};
use serde_json::Value;

use crate::{
    caller::{Caller, code, site_administrator},
    on_both,
    support::{
        applications::{application, consent, id_of},
        credential::resource_server_id,
        site::{Credential, Server, TestSite, name},
    },
};

const OPERATOR: &Authority = &Authority::OPERATOR;

/// Codes of those who may not do something at all.
const FORBIDDEN: &[&str] = &[
    "missing_permission",
    "user_key_cannot_manage_keys",
    "delegate_cannot_manage_applications",
    "delegate_cannot_set_logins",
    "no_user",
];

/// Things of the site that exist for one call.
pub(crate) struct Target {
    pub(crate) space: String,
    workspace: String,
    /// The one in which roles of workspaces are held.
    known_workspace: String,
    pub(crate) user: UserId,
    role: RoleId,
    key: Credential,
    resource_server: String,
    server_pair: String,
    application: Credential,
    pub(crate) grant: GrantId,
    session: SessionId,
    webhook: WebhookId,
    event: EventId,
    permission: String,
    audit_event: AuditEventId,
    event_of_site: AuditEventId,
}

impl Target {
    pub(crate) fn new(site: &TestSite, number: usize) -> Self {
        let resource_server =
            site.resource_server_for(&format!("API {number}"), &format!("https://{number}.example.com"));
        let made = site.change(|change, deps| {
            let input = manage::workspaces::CreateWorkspace { space: site.space, name: name(&format!("W{number}")) };
            let workspace = manage::workspaces::create(change, deps, OPERATOR, input)?;
            let login = Login::parse(&format!("user{number}")).expect("a login");
            let input = CreateUser::person(site.space, login, name("Somebody"));
            let user = manage::users::create(change, deps, OPERATOR, input)?.id;
            let input = CreateRole {
                space: site.space,
                name: RoleName::parse(&format!("role_{number}")).expect("a name"),
                description: Description::default(),
                level: Level::Workspace,
                permissions: vec!["data.read".to_owned()],
            };
            let role = manage::roles::create(change, deps, OPERATOR, input)?;
            let permission = RegisteredPermission {
                name: PermissionName::parse(&format!("things.do{number}")).expect("a name"),
                resource_server: resource_server_id(&resource_server),
                class: PermissionClass::Read,
                level: Level::Workspace,
                description: Description::default(),
            };
            manage::resource_servers::register_permission(change, deps, OPERATOR, &permission)?;
            Ok((workspace.number, user, role, permission.name.as_str().to_owned()))
        });
        let (workspace, user, role, permission) = made;
        let application = application(site, |_| {});
        let grant = consent(site, user, id_of(&application), &["openid"]);
        let session = session_of(site, user);
        let (webhook, event) = webhook_of(site);
        Self {
            space: site.space.to_string(),
            workspace: workspace.to_string(),
            known_workspace: site.workspaces[0].0.to_string(),
            user,
            role,
            key: site.key("viewer", &[0]),
            server_pair: resource_server.public_id.to_string(),
            resource_server: resource_server.client_id,
            application,
            grant,
            session,
            webhook,
            event,
            permission,
            audit_event: event_of(site, Stream::Space(site.space)),
            event_of_site: event_of(site, Stream::Site),
        }
    }

    pub(crate) fn path(&self, row: &Operation) -> String {
        let part = |part| self.part(row, part);
        row.path.split('/').map(part).collect::<Vec<_>>().join("/")
    }

    /// What stands in the place of a part of the row's path.
    pub(crate) fn part(&self, row: &Operation, part: &str) -> String {
        match part {
            "{space}" => self.space.clone(),
            "{workspace}" if is_given_in_workspaces(row) => self.known_workspace.clone(),
            "{workspace}" => self.workspace.clone(),
            "{user}" => self.user.to_string(),
            "{role}" => self.role.to_string(),
            "{key}" => self.key.client_id.clone(),
            "{pair}" if row.path.starts_with("/resource-servers") => self.server_pair.clone(),
            "{pair}" if row.path.starts_with("/applications") => self.application.public_id.to_string(),
            "{pair}" => self.key.public_id.to_string(),
            "{resource_server}" => self.resource_server.clone(),
            "{application}" => self.application.client_id.clone(),
            "{grant}" => self.grant.to_string(),
            "{session}" => self.session.to_string(),
            "{webhook}" => self.webhook.to_string(),
            "{event}" => self.event.to_string(),
            "{name}" => self.permission.clone(),
            "{role_name}" => "viewer".to_owned(),
            "{audit_event}" if row.path.starts_with("/spaces") => self.audit_event.to_string(),
            "{audit_event}" => self.event_of_site.to_string(),
            fixed => fixed.to_owned(),
        }
    }
}

/// The last thing that happened there.
fn event_of(site: &TestSite, stream: Stream) -> AuditEventId {
    let request = PageRequest { after: None, size: PageSize::parse("1").expect("a size") };
    let read = |tx: &mut Snapshot<'_>| manage::audit_log::list(tx, OPERATOR, stream, &AuditFilter::default(), request);
    site.store.snapshot(read).expect("it is allowed").items[0].id
}

/// A browser in which the user is logged in.
fn session_of(site: &TestSite, user: UserId) -> SessionId {
    let peppers = site.store.snapshot(|tx| site.deps.peppers(tx)).expect("peppers");
    let NewSecret { text, public_id } = NewSecret::generate(SecretKind::Session).expect("randomness");
    let secret = KeptSecret { public_id, hash: peppers.hash(&text) };
    let begun = site.store.redeem(|redemption| {
        let now = redemption.now();
        let session = Session {
            id: redemption.new_id(),
            user,
            made_at: Seq::new(1),
            created_at: now,
            authenticated_at: now,
            last_seen_at: now,
            expires_at: now.plus(Duration::from_hours(1)),
            address: None,
            device: String::new(),
        };
        let id = session.id;
        store::sessions::begin(redemption, &KeptSession { session, secret })?;
        Ok::<_, store::Error>(id)
    });
    begun.expect("it begins")
}

/// A webhook, of which a space may have fewer than there are calls here, and an event.
fn webhook_of(site: &TestSite) -> (WebhookId, EventId) {
    site.change(|change, deps| {
        let webhook = Webhook {
            id: change.new_id(),
            space: site.space,
            url: WebhookUrl::parse("https://hooks.example.com/").expect("a URL"),
            kinds: vec![EventKind::KeyLeaked],
            state: WebhookState::Active,
            previous_secret_until: None,
            created_at: change.now(),
        };
        let secret = NewSecret::generate(SecretKind::Webhook).expect("randomness").text;
        let sealed = webhook_signature::seal(&deps.master, webhook.id, &secret)?;
        store::webhooks::insert(change, &webhook, &sealed)?;
        let named = OfSpace { space: site.space, id: webhook.id };
        Ok((webhook.id, manage::webhooks::test(change, deps, OPERATOR, named)?))
    })
}

/// Whether some role of a workspace suffices.
fn is_given_in_workspaces(row: &Operation) -> bool {
    let in_workspaces = |name: &&str| permission::find(name).is_some_and(|known| known.level == Level::Workspace);
    matches!(row.needs, Needs::OneOf(permissions, _) if permissions.iter().any(in_workspaces))
}

/// What somebody may do: names of permissions, and whether it is the own space.
struct Holder<'a> {
    title: String,
    caller: Caller<'a>,
    permissions: Vec<&'static str>,
    at_home: bool,
    /// Whether it is a user's key.
    acts_for_user: bool,
}

fn holders<'a>(site: &TestSite, server: &'a Server) -> Vec<Holder<'a>> {
    let mut holders: Vec<Holder<'a>> = Vec::new();
    for role in BUILT_IN_ROLES.iter().filter(|role| role.integration != Integration::Internal) {
        let key = match role.level {
            Level::Site => site_administrator(site, "site.administrator"),
            Level::Space => site.key(role.name, &[]),
            Level::Workspace => site.key(role.name, &[0]),
        };
        let caller = Caller::with_key(server, &key);
        let permissions = role.permissions.to_vec();
        holders.push(Holder {
            title: role.name.to_owned(),
            caller,
            permissions,
            at_home: true,
            acts_for_user: role.level == Level::Site,
        });
    }
    let caller = Caller::nobody(site, server);
    holders.push(Holder {
        title: "nobody".to_owned(),
        caller,
        permissions: Vec::new(),
        at_home: true,
        acts_for_user: false,
    });
    let caller = Caller::with_key(server, &administrator_elsewhere(site));
    let permissions = BUILT_IN_ROLES[1].permissions.to_vec();
    holders.push(Holder {
        title: "space_admin of another space".to_owned(),
        caller,
        permissions,
        at_home: false,
        acts_for_user: false,
    });
    holders
}

pub(crate) fn administrator_elsewhere(site: &TestSite) -> Credential {
    let elsewhere = empty_space(site, "Elsewhere");
    site.key_with(|key| {
        key.space = elsewhere;
        key.roles = vec![RoleRequest { role: "space_admin".to_owned(), workspaces: Vec::new() }];
    })
}

pub(crate) fn empty_space(site: &TestSite, title: &str) -> SpaceId {
    let input = CreateSpace { name: name(title), kind: SpaceKind::Production, internal_services: false };
    site.change(|change, deps| manage::spaces::create(change, deps, OPERATOR, input)).id
}

/// What the row promises to this caller.
#[derive(Debug, PartialEq)]
enum Expected {
    Done,
    Forbidden,
    Absent,
}

fn expected(row: &Operation, holder: &Holder<'_>) -> Expected {
    if row.needs == Needs::User {
        // The entry is that of another user.
        let of_another = row.path_parameters().any(|name| name == "grant");
        return match holder.acts_for_user {
            false => Expected::Forbidden,
            true if of_another => Expected::Absent,
            true => Expected::Done,
        };
    }
    let runs_site = holder.permissions.contains(&"site.manage");
    let is_of_site = matches!(row.needs, Needs::OneOf(permissions, _) if permissions.contains(&"site.manage"));
    let in_a_place =
        row.path_parameters().any(|name| !["resource_server", "name", "pair", "audit_event"].contains(&name));
    if !holder.at_home && !runs_site && in_a_place && !matches!(row.needs, Needs::Token) {
        return Expected::Absent;
    }
    match row.needs {
        Needs::Nobody | Needs::Token | Needs::User | Needs::Membership(_) => Expected::Done,
        Needs::OneOf(permissions, _) if permissions.iter().any(|one| holder.permissions.contains(one)) => {
            Expected::Done
        }
        Needs::OneOf(..) if is_of_site && runs_site => Expected::Done,
        Needs::OneOf(..) => Expected::Forbidden,
    }
}

on_both! {
    // Covers: K1, K3
    #[test]
    fn every_operation_does_for_every_role_what_its_row_says(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        // The examples tell of this person.
        site.user("jo");
        let mut number = 0;
        let mut complaints = Vec::new();
        for holder in holders(&site, &server) {
            for row in operations() {
                number += 1;
                let mut target = Target::new(&site, number);
                if row.id == "close_space" && holder.permissions.contains(&"site.manage") {
                    // The space of the site is needed further on.
                    target.space = empty_space(&site, "Other").to_string();
                }
                let call = holder.caller.call(row.verb.as_str(), &target.path(&row));
                let answer = if row.handler.takes_body() {
                    call.json(&serde_json::from_str::<Value>(row.example).expect("an example is JSON")).send()
                } else {
                    call.send()
                };
                let happened = match answer.status {
                    404 if code(&answer) == "not_found" => Expected::Absent,
                    403 if FORBIDDEN.contains(&code(&answer).as_str()) => Expected::Forbidden,
                    401 => panic!("{}: {answer:?}", row.id),
                    _ => Expected::Done,
                };
                let wanted = expected(&row, &holder);
                if happened != wanted {
                    complaints.push(format!("{} as {}: {happened:?} instead of {wanted:?}: {}", row.id, holder.title, answer.body));
                }
            }
        }
        assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
        assert_eq!(number, operations().len() * 12, "every operation as everybody");
    }
}
