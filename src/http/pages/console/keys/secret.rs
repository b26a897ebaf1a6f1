//! The page that shows a new secret: once, in the answer to the form that made it, and nowhere else (L036, L099, L107).

use askama::Template;

use crate::{
    domain::{ids::ApiKeyId, space::Space},
    http::pages::{
        console::{
            asked::Visit,
            frame::Frame,
            refused::Refused,
            screen::{Html, Next},
        },
        filters,
        moment::Moment,
        view::Shell,
    },
    manage::NewCredential,
};

#[derive(Template)]
#[template(path = "console/secret.html")]
struct SecretPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    panel: Panel,
    /// The page of the key, below the path of the issuer.
    path: String,
    key_name: String,
    /// What to do with it next, and where.
    next: &'a [(&'static str, String)],
    expires: Option<Moment>,
}

/// Both halves of a credential, and a line that uses them.
struct Panel {
    client_id: String,
    secret: String,
    issuer: String,
}

/// The page for this credential of a key; `next` are the steps that follow.
pub(super) fn shown(
    visit: &Visit<'_>,
    space: &Space,
    name: &str,
    made: &NewCredential<ApiKeyId>,
    next: &[(&'static str, String)],
) -> Result<(String, Next), Refused> {
    let path = format!("/keys/{}", made.client_id);
    let html = Html::of(&SecretPage {
        shell: visit.shell(),
        frame: visit.frame(super::place(visit, space)),
        panel: Panel {
            client_id: made.client_id.to_string(),
            secret: made.secret.expose().to_owned(),
            issuer: visit.issuer().as_str().to_owned(),
        },
        key_name: name.to_owned(),
        next,
        expires: made.expires_at.map(|at| Moment::new(at, visit.now())),
        path: path.clone(),
    })?;
    Ok((path, Next::Once(html)))
}
