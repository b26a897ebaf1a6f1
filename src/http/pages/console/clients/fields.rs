//! The fields that a new application and one that is changed have in common.

use crate::{
    domain::{
        application::Application,
        name::{Description, Name},
        redirect_uri::RedirectUri,
        text_enum::TextEnum,
        user_scope::IdentityScope,
    },
    http::pages::{
        console::{asked::Visit, refused::Refused},
        words,
    },
    manage::scopes,
    store::transaction::Reads,
};

/// Scopes that users give together.
const REQUIRED: &str = "scope";
/// Scopes that users may leave out.
const OPTIONAL: &str = "optional_scope";

/// The fields as they stand at first, or as they were sent.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) redirect_uris: String,
    pub(super) required: Vec<ScopeBox>,
    pub(super) optional: Vec<ScopeBox>,
}

/// A scope to tick.
#[derive(Debug)]
pub(super) struct ScopeBox {
    pub(super) value: String,
    pub(super) words: String,
    pub(super) is_ticked: bool,
}

/// What was typed.
pub(super) struct Typed {
    pub(super) name: Name,
    pub(super) description: Description,
    pub(super) redirect_uris: Vec<RedirectUri>,
    pub(super) scopes: Vec<String>,
    pub(super) optional_scopes: Vec<String>,
}

impl Fields {
    /// Those of this application; without one, of a new one that asks who its user is.
    pub(super) fn of(
        tx: &mut impl Reads,
        visit: &Visit<'_>,
        present: Option<(&Application, &Description)>,
    ) -> Result<Self, Refused> {
        let application = present.map(|(application, _)| application);
        let uris: Vec<&str> =
            application.map(|known| known.redirect_uris.iter().map(RedirectUri::as_str).collect()).unwrap_or_default();
        let offered = offered(tx)?;
        let boxes = |field: &str, is_required: bool| {
            let is_present = |value: &str| match application {
                Some(known) => {
                    known.scopes.iter().any(|own| own.scope.as_str() == value && own.required == is_required)
                }
                None => is_required && value == IdentityScope::OpenId.as_str(),
            };
            let is_ticked = |value: &str| match visit.complaint() {
                Some(_) => visit.form().all(field).any(|sent| sent == value),
                None => is_present(value),
            };
            let possible = offered.iter().filter(|(value, _)| is_required || value != IdentityScope::OpenId.as_str());
            let a_box = |(value, words): &(String, String)| ScopeBox {
                is_ticked: is_ticked(value),
                value: value.clone(),
                words: words.clone(),
            };
            possible.map(a_box).collect()
        };
        Ok(Self {
            name: visit.value("name", application.map_or("", |known| known.name.as_str())).to_owned(),
            description: visit.value("description", present.map_or("", |(_, text)| text.as_str())).to_owned(),
            redirect_uris: visit.value("redirect_uris", &uris.join(" ")).to_owned(),
            required: boxes(REQUIRED, true),
            optional: boxes(OPTIONAL, false),
        })
    }
}

/// All scopes that an application may ask for, with what they mean.
fn offered(tx: &mut impl Reads) -> Result<Vec<(String, String)>, Refused> {
    let built_in = IdentityScope::ALL.iter().map(|scope| TextEnum::as_str(*scope)).chain(["read", "write"]);
    let told = built_in
        .map(|scope| (scope.to_owned(), words::built_in(scope).map(|(text, _)| text.to_owned()).unwrap_or_default()));
    let registered = scopes::offered(tx)?.into_iter();
    let registered = registered.map(|scope| (scope.name.as_str().to_owned(), scope.description.as_str().to_owned()));
    Ok(told.chain(registered).collect())
}

/// Reads the fields.
pub(super) fn read(visit: &Visit<'_>) -> Result<Typed, Refused> {
    let all = |field| visit.form().all(field).map(str::to_owned).collect();
    Ok(Typed {
        name: visit.read("name", Name::parse)?,
        description: visit.read("description", Description::parse)?,
        redirect_uris: visit.read("redirect_uris", |text| {
            let parts = text.split(' ').filter(|part| !part.is_empty());
            parts.map(RedirectUri::parse).collect::<Result<Vec<_>, _>>()
        })?,
        scopes: all(REQUIRED),
        optional_scopes: all(OPTIONAL),
    })
}
