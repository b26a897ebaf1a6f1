//! Every operation that changes something, done once and refused once: which audit events it leaves, and that they say who did
//! what, with what, for whom and from where (K11, KM-16).

use std::{collections::BTreeSet, net::IpAddr};

use keystead::{
    crypto::secret_text::PresentedSecret,
    domain::{
        api_key::UserKeyRoles,
        audit_event::{Actor, Credential as Shown},
        audit_filter::{AuditFilter, Stream},
        audit_record::AuditRecord,
        authority::Authority,
        ids::{AuditEventId, UserId},
        page::{PageRequest, PageSize},
        user::Login,
    },
    http::api::{
        operation::{Needs, Operation},
        operations,
    },
    manage::{self, user_roles::GiveUserRole, users::CreateUser},
};
use serde_json::Value;

use crate::{
    caller::{Caller, give, key_of},
    on_both,
    rights_table::{Target, administrator_elsewhere, empty_space},
    support::{
        applications::{application, consent, id_of},
        credential::key_id,
        http::Response,
        site::{Credential, Server, TestSite, name},
    },
};

/// What is done to the target first, by which operation and with which body.
type Before = &'static [(&'static str, &'static str)];

/// How an operation comes to succeed.
struct Case {
    before: Before,
    /// Instead of the example of its row.
    body: Option<&'static str>,
    query: &'static str,
    /// The events that it leaves.
    actions: &'static [&'static str],
}

const fn leaves(actions: &'static [&'static str]) -> Case {
    Case { before: &[], body: None, query: "", actions }
}

impl Case {
    const fn after(self, before: Before) -> Self {
        Self { before, ..self }
    }

    const fn with(self, body: &'static str) -> Self {
        Self { body: Some(body), ..self }
    }

    const fn at(self, query: &'static str) -> Self {
        Self { query, ..self }
    }
}

fn case(id: &str) -> Case {
    match id {
        "create_key" | "create_key_of_user" => leaves(&["api_key.create"]),
        "edit_key" => leaves(&["api_key.edit"]),
        "delete_key" => leaves(&["api_key.delete"]),
        "revoke_key" => leaves(&["api_key.revoke"]),
        "regenerate_key" => leaves(&["api_key.regenerate"]),
        "disable_key" => leaves(&["api_key.disable"]),
        "enable_key" => leaves(&["api_key.enable"]).after(&[("disable_key", "{}")]),
        "revoke_tokens_of_key" => leaves(&["api_key.revoke_tokens"]),
        "import_key" => leaves(&["api_key.import"]),
        "import_key_of_user" => leaves(&["api_key.import"])
            .with(r#"{"client_id":"another","secret":"6f1c0e2a9b7d4f83","key":{"name":"Nightly"}}"#),
        "set_roles_of_key" => {
            leaves(&["api_key.set_roles"]).with(r#"{"roles":[{"role":"viewer","workspaces":[1002]}]}"#)
        }
        "give_role_to_key" => leaves(&["api_key.give_role"]).with(r#"{"role":"viewer","workspaces":[1002]}"#),
        "take_role_from_key" => leaves(&["api_key.take_role"]).at("?workspace=1001"),
        "add_pair" => leaves(&["key_pair.add"]),
        "edit_pair" => leaves(&["key_pair.set_expiry"]).with(r#"{"expires":"90d"}"#),
        "delete_pair" => leaves(&["key_pair.delete"]).after(&[("add_pair", "{}")]),

        "create_application" => leaves(&["application.create"]),
        "edit_application" => leaves(&["application.edit"]),
        "delete_application" => leaves(&["application.delete"]),
        "disable_application" => leaves(&["application.disable"]),
        "enable_application" => leaves(&["application.enable"]).after(&[("disable_application", "{}")]),
        "regenerate_application" => leaves(&["application.regenerate"]),
        "add_application_pair" => leaves(&["application.add_pair"]),
        "delete_application_pair" => {
            leaves(&["application.delete_pair"]).after(&[("add_application_pair", r#"{"expires":"90d"}"#)])
        }
        "approve_application" => leaves(&["application.approve"]),
        "withdraw_approval" => leaves(&["application.withdraw_approval"]).after(&[("approve_application", "{}")]),
        "withdraw_my_authorized_application" | "withdraw_authorized_application" => leaves(&["grant.withdraw"]),

        "create_resource_server" => leaves(&["resource_server.create"]),
        "edit_resource_server" => leaves(&["resource_server.edit"]).with(r#"{"audiences":["urn:example:stock"]}"#),
        "remove_resource_server" => leaves(&["resource_server.delete"]).after(&[("forget_permission", "")]),
        "disable_resource_server" => leaves(&["resource_server.disable"]),
        "enable_resource_server" => leaves(&["resource_server.enable"]).after(&[("disable_resource_server", "{}")]),
        "add_resource_server_pair" => leaves(&["resource_server.add_pair"]),
        "remove_resource_server_pair" => {
            leaves(&["resource_server.delete_pair"]).after(&[("add_resource_server_pair", r#"{"expires_at":null}"#)])
        }
        "register_permission" => leaves(&["resource_server.register_permission"]),
        "forget_permission" => leaves(&["resource_server.forget_permission"]),
        "register_scope" => leaves(&["resource_server.register_scope"]),

        "create_role" | "copy_role" => leaves(&["role.create"]),
        "edit_role" => leaves(&["role.edit"]),
        "remove_role" => leaves(&["role.delete"]),
        "edit_site" => leaves(&["site.edit"]),

        // The person who is to run it comes with it.
        "create_space" => leaves(&["space.create", "user.create", "user.give_role"])
            .with(r#"{"name":"Example","administrator":{"login":"first","full_name":"Jo Doe"}}"#),
        "edit_space" => leaves(&["space.edit"]),
        "close_space" => leaves(&["space.close"]),
        "reopen_space" => leaves(&["space.reopen"]).after(&[("close_space", "{}")]),

        "create_user" => leaves(&["user.create"]).with(r#"{"login":"made","full_name":"Jo Doe"}"#),
        "edit_user" => leaves(&["user.edit"]),
        "disable_user" => leaves(&["user.disable"]),
        "enable_user" => leaves(&["user.enable"]).after(&[("disable_user", "{}")]),
        "remove_user" => leaves(&["user.delete"]),
        // The target is logged in in one browser.
        "set_password" => leaves(&["session.end", "user.set_password"]),
        "end_session_of_user" | "end_sessions_of_user" => leaves(&["session.end"]),
        "make_setup_link" => leaves(&["user.make_setup_link"]),
        "give_user_role" | "invite_guest" => leaves(&["user.give_role"]),
        "take_user_role" => leaves(&["user.take_role"])
            .after(&[("give_user_role", r#"{"role":"viewer","workspaces":[1001]}"#)])
            .at("?workspace=1001"),
        "remove_guest" => leaves(&["user.remove_guest"]),

        "invite_user" => leaves(&["user.invite"]),
        "resend_invitation" => leaves(&["user.resend_invitation"]).after(&[("invite_user", r#"{"deliver":"show"}"#)]),
        "revoke_invitation" => leaves(&["user.revoke_invitation"]).after(&[("invite_user", r#"{"deliver":"show"}"#)]),

        "create_webhook" => leaves(&["webhook.create"]),
        "edit_webhook" => leaves(&["webhook.edit"]),
        "remove_webhook" => leaves(&["webhook.remove"]),
        "rotate_webhook_secret" => leaves(&["webhook.rotate_secret"]),
        "test_webhook" => leaves(&["webhook.test"]),

        "create_workspace" => leaves(&["workspace.create"]),
        "edit_workspace" => leaves(&["workspace.rename"]),
        "remove_workspace" => leaves(&["workspace.remove"]),
        "close_workspace" => leaves(&["workspace.close"]),
        "reopen_workspace" => leaves(&["workspace.reopen"]).after(&[("close_workspace", "{}")]),
        unknown => panic!("{unknown} changes something: say here what it writes into the audit log"),
    }
}

/// Whether it changes something. What a move needs stands in its body, and `key_moves` looks at its events.
fn is_told_here(row: &Operation) -> bool {
    row.scope() == Some("write") && row.id != "move_keys_of_user"
}

/// Somebody who calls, with what, and for whom.
struct Known<'a> {
    caller: Caller<'a>,
    key: Credential,
    acts_for: Option<UserId>,
}

struct Stage<'a> {
    site: &'a TestSite,
    space_admin: Known<'a>,
    site_admin: Known<'a>,
    person: Known<'a>,
    nobody: Caller<'a>,
    elsewhere: Caller<'a>,
    seen: BTreeSet<AuditEventId>,
}

impl<'a> Stage<'a> {
    fn new(site: &'a TestSite, server: &'a Server) -> Self {
        let known = |key: Credential, acts_for| Known { caller: Caller::with_key(server, &key), key, acts_for };
        let (runs_site, person) = (site.user("runs.site"), site.user("person"));
        give(site, runs_site, "site_admin", &[]);
        let site_key = key_of(site, runs_site, UserKeyRoles::Subset, &[("site_admin", &[])]);
        give(site, person, "editor", &[0]);
        Self {
            site,
            space_admin: known(site.key("space_admin", &[]), None),
            site_admin: known(site_key, Some(runs_site)),
            person: known(key_of(site, person, UserKeyRoles::Inherit, &[]), Some(person)),
            nobody: Caller::nobody(site, server),
            elsewhere: Caller::with_key(server, &administrator_elsewhere(site)),
            seen: BTreeSet::new(),
        }
    }

    /// Who may do it.
    fn allowed(&self, row: &Operation) -> &Known<'a> {
        match row.needs {
            Needs::User => &self.person,
            Needs::OneOf(permissions, _) if permissions.contains(&"site.manage") => &self.site_admin,
            _ => &self.space_admin,
        }
    }

    fn call(caller: &Caller<'_>, path: &str, row: &Operation, body: Option<&str>) -> Response {
        let call = caller.call(row.verb.as_str(), path);
        let body = row.handler.takes_body().then(|| body.unwrap_or(row.example));
        match body {
            Some(body) => call.json(&serde_json::from_str::<Value>(body).expect("a body is JSON")).send(),
            None => call.send(),
        }
    }

    /// The events that were written since the last time. Those that are counted tell of requests and not of changes.
    fn news(&mut self) -> Vec<AuditRecord> {
        let request = PageRequest { after: None, size: PageSize::LARGEST };
        let read = self.site.store.snapshot(|tx| {
            manage::audit_log::list(tx, &Authority::OPERATOR, Stream::Everything, &AuditFilter::default(), request)
        });
        let events = read.expect("it is allowed").items.into_iter();
        events.filter(|event| event.last_at.is_none() && self.seen.insert(event.id)).collect()
    }

    /// Things for this one operation.
    fn target(&self, row: &Operation, number: usize) -> Target {
        let mut target = Target::new(self.site, number);
        match row.id {
            "close_space" | "reopen_space" => {
                target.space = empty_space(self.site, &format!("Space {number}")).to_string();
            }
            // Each target has a webhook, and a space a bounded number.
            "create_webhook" => self.site.database.execute("DELETE FROM webhooks"),
            "remove_guest" | "invite_guest" => {
                let elsewhere = empty_space(self.site, &format!("Space {number}"));
                let login = if row.id == "invite_guest" { "jo" } else { "guest" };
                let login = Login::parse(login).expect("a login");
                let guest = CreateUser::person(elsewhere, login, name("Guest"));
                let made =
                    self.site.change(|change, deps| manage::users::create(change, deps, &Authority::OPERATOR, guest));
                target.user = made.id;
                if row.id == "remove_guest" {
                    let input = GiveUserRole {
                        id: target.user,
                        space: self.site.space,
                        request: self.site.role("viewer", &[0]),
                    };
                    self.site
                        .change(|change, deps| manage::user_roles::give(change, deps, &Authority::OPERATOR, input));
                }
            }
            "withdraw_my_authorized_application" => {
                let user = self.person.acts_for.expect("a person");
                target.grant = consent(self.site, user, id_of(&application(self.site, |_| {})), &["openid"]);
            }
            _ => {}
        }
        target
    }
}

/// What is wrong with the events of an operation that succeeded.
fn complaints(
    row: &Operation,
    target: &Target,
    known: &Known<'_>,
    answer: &Response,
    events: &[AuditRecord],
) -> Vec<String> {
    let mut found = Vec::new();
    let mut expect = |holds: bool, what: String| {
        if !holds {
            found.push(format!("{}: {what} in {events:#?}", row.id));
        }
    };
    let mut actions: Vec<&str> = events.iter().map(|event| event.action.as_str()).collect();
    actions.sort_unstable();
    expect(actions == case(row.id).actions, format!("{actions:?}"));
    let address: IpAddr = [127, 0, 0, 1].into();
    for event in events {
        let origin = event.origin;
        expect(origin.actor == Actor::ApiKey(key_id(&known.key)), "another actor".to_owned());
        expect(origin.credential == Shown::Pair(known.key.public_id), "another pair".to_owned());
        expect(origin.authority == known.acts_for, "another authority".to_owned());
        expect(origin.address == Some(address), "another address".to_owned());
        expect(event.seq == events[0].seq, "another change".to_owned());
        let text = event.to_line().expect("a line");
        let words = answer.body.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_' && letter != '-');
        for secret in words.filter(|word| PresentedSecret::parse(word).is_ok()) {
            expect(!text.contains(secret), "a secret".to_owned());
        }
    }
    // What the path names is told by one event at least.
    for part in row.path.split('/').filter(|part| part.starts_with('{')) {
        let named = target.part(row, part);
        let about = match part {
            "{workspace}" => format!("workspace:{named}"),
            _ => named.clone(),
        };
        let is_told = |event: &AuditRecord| match part {
            "{space}" => event.space.is_some_and(|space| space.to_string() == named),
            "{name}" | "{role_name}" => event.detail.to_string().contains(&named),
            _ => event.about.contains(&about),
        };
        expect(events.iter().any(is_told), format!("nothing about {about}"));
    }
    found
}

on_both! {
    // Covers: K11, KM-16, L102
    #[test]
    fn every_operation_leaves_its_events_and_a_refused_one_leaves_none(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut stage = Stage::new(&site, &server);
        let mut found = Vec::new();
        for (number, row) in operations().iter().enumerate().filter(|(_, row)| is_told_here(row)) {
            let (target, case) = (stage.target(row, number), case(row.id));
            for (id, body) in case.before {
                let rows = operations();
                let before = rows.iter().find(|row| row.id == *id).expect("an operation");
                let answer = Stage::call(&stage.allowed(before).caller, &target.path(before), before, Some(body));
                assert!(answer.status < 300, "{id} before {}: {answer:?}", row.id);
            }
            drop(stage.news());

            let path = format!("{}{}", target.path(row), case.query);
            for stranger in [&stage.nobody, &stage.elsewhere] {
                let refused = Stage::call(stranger, &path, row, case.body);
                assert!([403, 404].contains(&refused.status), "{}: {refused:?}", row.id);
            }
            assert_eq!(stage.news(), [], "{} is refused", row.id);

            let answer = Stage::call(&stage.allowed(row).caller, &path, row, case.body);
            assert!(answer.status < 300, "{}: {answer:?}", row.id);
            let events = stage.news();
            found.extend(complaints(row, &target, stage.allowed(row), &answer, &events));

            let again = Stage::call(&stage.allowed(row).caller, &path, row, case.body);
            let news = stage.news();
            assert_eq!(again.status < 300, !news.is_empty(), "{} again: {again:?} {news:?}", row.id);
        }
        assert!(found.is_empty(), "\n{}\n", found.join("\n"));
    }
}
