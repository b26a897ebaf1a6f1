//! The life of applications: disabled, enabled; a second pair, one of two deleted, one new in the place of all.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    application_view::{SecretView, view},
    applications::{MANAGERS, OF_DELEGATE, TAG},
};
use crate::{
    domain::{ids::ApplicationId, key_pair::ExpiryPolicy},
    http::api::{
        body::{Nothing, given},
        handler::{Created, create, edit, issue, remove},
        operation::{Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::{
        application_pairs::{self, DeleteApplicationPair, NewApplicationPair},
        applications,
    },
    store::Change,
};

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "disable_application",
            verb: Verb::Post,
            path: "/applications/{application}/disable",
            tag: TAG,
            summary: "Disables an application: its tokens are dead for ever, what users authorized stays",
            needs: MANAGERS,
            query: &[],
            refusals: &[OF_DELEGATE, (409, "already_disabled")],
            example: "{}",
            handler: edit(view, |change, call, Nothing {}| {
                Ok(applications::disable(change, call.deps(), call.authority, call.path()?)?)
            }),
        },
        Operation {
            id: "enable_application",
            verb: Verb::Post,
            path: "/applications/{application}/enable",
            tag: TAG,
            summary: "Enables an application, with the secrets it had",
            needs: MANAGERS,
            query: &[],
            refusals: &[OF_DELEGATE, (409, "not_disabled")],
            example: "{}",
            handler: edit(view, |change, call, Nothing {}| {
                Ok(applications::enable(change, call.deps(), call.authority, call.path()?)?)
            }),
        },
        Operation {
            id: "regenerate_application",
            verb: Verb::Post,
            path: "/applications/{application}/regenerate",
            tag: TAG,
            summary: "Gives an application one new pair; earlier pairs and tokens are dead, what users authorized stays",
            needs: MANAGERS,
            query: &[],
            refusals: &[OF_DELEGATE, (409, "public_application"), (422, "expiry_in_the_past")],
            example: r#"{"expires":"none"}"#,
            handler: issue(view, regenerate),
        },
        Operation {
            id: "add_application_pair",
            verb: Verb::Post,
            path: "/applications/{application}/pairs",
            tag: TAG,
            summary: "Gives an application a second pair while the first works on; the secret is in this answer only",
            needs: MANAGERS,
            query: &[],
            refusals: &[OF_DELEGATE, (409, "pair_limit"), (409, "public_application"), (422, "expiry_in_the_past")],
            example: r#"{"expires":"90d"}"#,
            handler: create(add),
        },
        Operation {
            id: "delete_application_pair",
            verb: Verb::Delete,
            path: "/applications/{application}/pairs/{pair}",
            tag: TAG,
            summary: "Deletes one of two pairs: it and its tokens are dead, the other pair lives on",
            needs: MANAGERS,
            query: &[],
            refusals: &[OF_DELEGATE, (409, "last_pair"), (409, "public_application")],
            example: "",
            handler: remove(view, |change, call| {
                let input = DeleteApplicationPair { id: call.path()?, pair: call.path()? };
                Ok(application_pairs::delete(change, call.deps(), call.authority, input)?)
            }),
        },
    ]
}

/// A new pair.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewApplicationPair")]
struct PairBody {
    /// When the new pair stops working: `none`, `90d`, a date or a time. Without it never.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::expiry")]
    expires: Option<ExpiryPolicy>,
}

impl PairBody {
    fn of(self, id: ApplicationId) -> NewApplicationPair {
        NewApplicationPair { id, expiry: self.expires.unwrap_or(ExpiryPolicy::Never) }
    }
}

fn regenerate(change: &mut Change<'_>, call: &Call<'_>, body: PairBody) -> Result<SecretView, Problem> {
    let made = application_pairs::regenerate(change, call.deps(), call.authority, body.of(call.path()?))?;
    SecretView::of(change, call, made.client_id, Some(&made))
}

fn add(change: &mut Change<'_>, call: &Call<'_>, body: PairBody) -> Result<Created<SecretView>, Problem> {
    let made = application_pairs::add(change, call.deps(), call.authority, body.of(call.path()?))?;
    let answer = SecretView::of(change, call, made.client_id, Some(&made))?;
    Ok(Created { location: format!("/applications/{}", made.client_id), answer })
}
