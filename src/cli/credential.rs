//! How credentials of clients are printed: with the secret the one time that they are made, and never again.

use std::fmt::Display;

use serde::Serialize;
use serde_json::{Value, json};

use super::{arguments::or_dash, context::Context, failure::Failure, output::fields};
use crate::{domain::key_pair::KeyPair, manage::NewCredential};

/// Prints a credential, the only time that its secret is seen.
pub(super) fn show<Client: Display + Serialize>(
    context: &Context<'_>,
    heading: &str,
    made: &NewCredential<Client>,
) -> Result<(), Failure> {
    context.printer.print(&as_json(made), |out| {
        writeln!(out, "{heading} The secret is shown this once: store it now.")?;
        let expires = made.expires_at.map_or_else(|| "never".to_owned(), |end| end.to_string());
        let shown = [
            ("client id", made.client_id.to_string()),
            ("client secret", made.secret.expose().to_owned()),
            ("public id", made.public_id.to_string()),
            ("expires", expires),
        ];
        fields(out, &shown)
    })
}

/// The same for programs.
pub(super) fn as_json<Client: Serialize>(made: &NewCredential<Client>) -> Value {
    json!({
        "client_id": made.client_id, "client_secret": made.secret.expose(), "public_id": made.public_id,
        "expires_at": made.expires_at,
    })
}

/// A pair on one line.
pub(super) fn pair_line(pair: &KeyPair) -> String {
    let KeyPair { public_id, hint, created_at, expires_at, .. } = pair;
    format!("{public_id} (…{hint}) made {created_at}, expires {}", or_dash(*expires_at))
}
