//! `/site`: what is the same for all spaces.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    domain::audience::Audience,
    http::api::{
        body::given,
        handler::{edit, show},
        operation::{Needs, Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::site::{self, EditSite},
    store::{Change, Rows, site::SiteRow},
};

const TAG: &str = "Site";
const MANAGERS: Needs = Needs::OneOf(&["site.manage"], "the site");

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "show_site",
            verb: Verb::Get,
            path: "/site",
            tag: TAG,
            summary: "Shows what is the same for all spaces",
            needs: MANAGERS,
            query: &[],
            refusals: &[],
            example: "",
            handler: show(view),
        },
        Operation {
            id: "edit_site",
            verb: Verb::Patch,
            path: "/site",
            tag: TAG,
            summary: "Changes what is the same for all spaces; tokens that exist keep their audience",
            needs: MANAGERS,
            query: &[],
            refusals: &[(422, "reserved_audience")],
            example: r#"{"service_admins_allowed":false}"#,
            handler: edit(view, change_site),
        },
    ]
}

/// The site as it is shown.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Site")]
struct SiteView {
    /// Names the site for ever.
    issuer: String,
    /// Whether the issuer may change.
    development: bool,
    /// Audience of tokens whose request names no resource.
    #[schemars(schema_with = "schema::text::<1, 500>")]
    default_audience: Audience,
    /// Whether service accounts may hold roles of administrators.
    service_admins_allowed: bool,
}

/// What is to be different.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EditSite")]
struct EditBody {
    /// Audience of tokens whose request names no resource.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::text::<1, 500>")]
    default_audience: Option<Audience>,
    /// Whether service accounts may hold roles of administrators.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "bool")]
    service_admins_allowed: Option<bool>,
}

fn view(rows: &mut Rows<'_>, call: &Call<'_>) -> Result<SiteView, Problem> {
    let SiteRow { issuer, development, default_audience, service_admins_allowed } = site::show(rows, call.authority)?;
    Ok(SiteView { issuer, development, default_audience, service_admins_allowed })
}

fn change_site(change: &mut Change<'_>, call: &Call<'_>, body: EditBody) -> Result<(), Problem> {
    let EditBody { default_audience, service_admins_allowed } = body;
    let input = EditSite { default_audience, service_admins_allowed };
    Ok(site::edit(change, call.deps(), call.authority, input)?)
}
