//! Users: people and service accounts of a space. Addresses of mail stand in these answers and nowhere else.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::people::UserView;
use crate::{
    domain::{
        email::Email,
        ids::{ApiKeyId, UserId},
        name::Name,
        page::{Page, PageRequest},
        user::{AccountType, Login},
    },
    http::api::{
        body::{Nothing, given},
        handler::{edit, issue, list, remove, show},
        operation::{Needs, Operation, QueryParameter, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::{
        facts,
        users::{self, EditUser, EnableUser},
    },
    store::{Change, Rows, users::UserFilter},
};

pub(super) const TAG: &str = "Users";
pub(super) const OF_SPACE: Needs = Needs::OneOf(&["users.manage"], "the space");
pub(super) const OF_HOME: Needs = Needs::OneOf(&["users.manage"], "the user's home space");

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_users",
            verb: Verb::Get,
            path: "/spaces/{space}/users",
            tag: TAG,
            summary: "Lists the users who are at home in a space, or its guests, oldest first",
            needs: OF_SPACE,
            query: &[
                QueryParameter { name: "q", description: "Part of the login or of the full name", words: &[] },
                QueryParameter {
                    name: "guests",
                    description: "`true` lists those who are at home elsewhere and hold a role here",
                    words: &["true", "false"],
                },
            ],
            refusals: &[],
            example: "",
            handler: list(list_of_space),
        },
        Operation {
            id: "show_user",
            verb: Verb::Get,
            path: "/users/{user}",
            tag: TAG,
            summary: "Shows a user with the roles in spaces that the caller belongs to",
            needs: Needs::OneOf(&["users.manage"], "the user's home space or one in which the user holds a role"),
            query: &[],
            refusals: &[],
            example: "",
            handler: show(view),
        },
        Operation {
            id: "edit_user",
            verb: Verb::Patch,
            path: "/users/{user}",
            tag: TAG,
            summary: "Changes a user; keys that are switched off stop at once, and their tokens for ever",
            needs: OF_HOME,
            query: &[],
            refusals: &[
                (403, "delegate_cannot_set_logins"),
                (403, "exceeds_own_rights"),
                (409, "login_taken"),
                (422, "admin_role_on_service_account"),
                (422, "email_outside_domains"),
                (422, "service_password"),
            ],
            example: r#"{"full_name":"Jo Roe","api_keys_enabled":true}"#,
            handler: edit(view, change_user),
        },
        Operation {
            id: "remove_user",
            verb: Verb::Delete,
            path: "/users/{user}",
            tag: TAG,
            summary: "Removes a user who holds no role, with all keys; the id is never given again",
            needs: OF_HOME,
            query: &[],
            refusals: &[(403, "own_account"), (409, "user_has_roles")],
            example: "",
            handler: remove(view, |change, call| Ok(users::remove(change, call.deps(), call.authority, call.path()?)?)),
        },
        Operation {
            id: "disable_user",
            verb: Verb::Post,
            path: "/users/{user}/disable",
            tag: TAG,
            summary: "Disables a user: logins, keys and tokens stop at once; the answer names the keys",
            needs: OF_HOME,
            query: &[],
            refusals: &[(403, "own_account"), (409, "already_disabled")],
            example: "{}",
            handler: issue(view, disable),
        },
        Operation {
            id: "enable_user",
            verb: Verb::Post,
            path: "/users/{user}/enable",
            tag: TAG,
            summary: "Enables a user; keys come back if that is asked for, tokens never",
            needs: OF_HOME,
            query: &[],
            refusals: &[(409, "not_disabled")],
            example: r#"{"restore_keys":true}"#,
            handler: edit(view, enable),
        },
    ]
}

/// What is to be different.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EditUser")]
struct EditBody {
    /// What is typed to log in.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::text::<1, 100>")]
    login: Option<Login>,
    /// As people see it.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::text::<1, 100>")]
    full_name: Option<Name>,
    /// All addresses.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::texts::<5, 254>")]
    emails: Option<Vec<Email>>,
    /// Who stands behind the account.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::words::<AccountType>")]
    account_type: Option<AccountType>,
    /// Logs in with a password even where the space has single sign-on.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "bool")]
    sso_exempt: Option<bool>,
    /// Whether the user's keys work.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "bool")]
    api_keys_enabled: Option<bool>,
}

/// How a user comes back.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EnableUser")]
struct EnableBody {
    /// Whether the user's keys work again too; else each has to be enabled by itself.
    #[serde(default)]
    restore_keys: bool,
}

/// A user who was disabled.
#[derive(Serialize, JsonSchema)]
struct DisabledUser {
    /// The user.
    user: UserView,
    /// The keys that stopped.
    #[schemars(schema_with = "schema::ids::<ApiKeyId>")]
    keys: Vec<ApiKeyId>,
}

fn list_of_space(
    rows: &mut Rows<'_>,
    call: &Call<'_>,
    page: PageRequest<UserId>,
) -> Result<Page<UserView, UserId>, Problem> {
    let filter = UserFilter { text: call.query("q").map(str::to_owned), guests: call.query("guests") == Some("true") };
    let found = facts::list_users(rows, call.authority, call.path()?, &filter, page)?;
    Ok(found.map(|facts| UserView::of(facts, call.now())))
}

/// Shows the user of the path.
pub(super) fn view(rows: &mut Rows<'_>, call: &Call<'_>) -> Result<UserView, Problem> {
    Ok(UserView::of(facts::show_user(rows, call.authority, call.path()?)?, call.now()))
}

fn change_user(change: &mut Change<'_>, call: &Call<'_>, body: EditBody) -> Result<(), Problem> {
    let EditBody { login, full_name, emails, account_type, sso_exempt, api_keys_enabled } = body;
    let id = call.path()?;
    let input = EditUser { id, login, full_name, emails, account_type, sso_exempt, api_keys_enabled };
    Ok(users::edit(change, call.deps(), call.authority, input)?)
}

fn disable(change: &mut Change<'_>, call: &Call<'_>, Nothing {}: Nothing) -> Result<DisabledUser, Problem> {
    let keys = users::disable(change, call.deps(), call.authority, call.path()?)?;
    Ok(DisabledUser { user: view(&mut Rows::of(change), call)?, keys })
}

fn enable(change: &mut Change<'_>, call: &Call<'_>, EnableBody { restore_keys }: EnableBody) -> Result<(), Problem> {
    let input = EnableUser { id: call.path()?, restore_keys };
    Ok(users::enable(change, call.deps(), call.authority, input)?)
}
