//! New users, invited at once if that is asked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    people::UserView,
    users::{OF_SPACE, TAG},
};
use crate::{
    domain::{
        email::Email,
        invitation::Deliver,
        name::Name,
        user::{AccountType, Login},
    },
    http::api::{
        body::given,
        handler::{Created, create},
        operation::{Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::{
        facts,
        invitations::{self, Invite},
        users::{self, CreateUser},
    },
    store::Change,
};

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        id: "create_user",
        verb: Verb::Post,
        path: "/spaces/{space}/users",
        tag: TAG,
        summary: "Makes a user without password and roles, and invites the person if that is asked for",
        needs: OF_SPACE,
        query: &[],
        refusals: &[
            (403, "delegate_cannot_invite"),
            (403, "delegate_cannot_set_logins"),
            (409, "login_taken"),
            (409, "logs_in_elsewhere"),
            (409, "mail_not_configured"),
            (409, "no_address"),
            (409, "space_closed"),
            (422, "email_outside_domains"),
            (422, "service_password"),
        ],
        example: r#"{"login":"jo","full_name":"Jo Doe","emails":["jo@example.com"]}"#,
        handler: create(make),
    }]
}

/// A user to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CreateUser")]
struct CreateBody {
    /// What is typed to log in: one word, unique in the site whatever its case.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    login: Login,
    /// As people see it.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    full_name: Name,
    /// Addresses.
    #[serde(default)]
    #[schemars(schema_with = "schema::texts::<5, 254>")]
    emails: Vec<Email>,
    /// `standard` unless said otherwise; `service` for accounts that use keys only and never have a password.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::words::<AccountType>")]
    account_type: Option<AccountType>,
    /// Logs in with a password even where the space has single sign-on.
    #[serde(default)]
    sso_exempt: bool,
    /// Invites the person at once to set a first password: `show` for a link in this answer, `mail` for one to the first
    /// address.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::words::<Deliver>")]
    invite: Option<Deliver>,
}

/// A user who was made.
#[derive(Serialize, JsonSchema)]
struct NewUser {
    #[serde(flatten)]
    user: UserView,
    /// Whoever has this link sets the user's first password, once. Nobody can show it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    invitation_link: Option<String>,
}

fn make(change: &mut Change<'_>, call: &Call<'_>, body: CreateBody) -> Result<Created<NewUser>, Problem> {
    let CreateBody { login, full_name, emails, account_type, sso_exempt, invite } = body;
    let person = CreateUser::person(call.path()?, login, full_name);
    let account_type = account_type.unwrap_or(person.account_type);
    let input = CreateUser { emails, account_type, sso_exempt, ..person };
    let id = users::create(change, call.deps(), call.authority, input)?.id;
    let invited = invite.map(|deliver| {
        let input = Invite { user: id, deliver, rules: call.invitations() };
        invitations::invite(change, call.deps(), call.authority, input)
    });
    let link = invited.transpose()?.and_then(|invited| invited.link);
    let user = UserView::of(facts::show_user(change, call.authority, id)?, call.now());
    let answer = NewUser { user, invitation_link: link.map(|link| link.expose()) };
    Ok(Created { location: format!("/users/{id}"), answer })
}
