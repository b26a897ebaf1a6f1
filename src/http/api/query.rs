//! The strict reader of queries: each parameter known, once, and with a value.

use std::collections::BTreeMap;

use super::{kind::Kind, operation::Operation, problem::Problem};
use crate::{
    domain::page::PageSize,
    http::form::{Form, FormError},
};

const LIMIT: &str = "limit";
const CURSOR: &str = "cursor";

/// The parameters of pages.
pub(super) const OF_PAGES: [&str; 2] = [LIMIT, CURSOR];

/// The parameters of exports.
pub(super) const OF_EXPORTS: [&str; 2] = ["after", LIMIT];

/// The parameters of one request.
#[derive(Debug, Clone, Default)]
pub(super) struct Query(BTreeMap<String, String>);

impl Query {
    /// Reads the undecoded query of a request for this operation.
    pub(super) fn read(operation: &Operation, text: &str) -> Result<Self, Problem> {
        let form = Form::parse(text.as_bytes()).map_err(|error| match error {
            FormError::RepeatedParameter => {
                Problem::unknown_parameter("A parameter of the query is repeated; send it once")
            }
            FormError::TooManyParameters | FormError::BadEscape | FormError::NotText => Problem::malformed_query(
                "The query has too many parameters, a bad escape or characters that are no text",
            ),
        })?;
        let mut values = BTreeMap::new();
        for name in form.names() {
            let known = operation.query.iter().find(|parameter| parameter.name == name);
            let of_kind: &[&str] = match operation.handler.kind {
                Kind::List => &OF_PAGES,
                Kind::Export => &OF_EXPORTS,
                _ => &[],
            };
            if known.is_none() && !of_kind.contains(&name) {
                return Err(Problem::unknown_parameter(
                    "A parameter of the query is unknown here; the documentation names all",
                ));
            }
            let Some(value) = form.get(name) else {
                return Err(Problem::malformed_query("A parameter of the query has no value; leave it out"));
            };
            if let Some(parameter) = known.filter(|known| !known.words.is_empty() && !known.words.contains(&value)) {
                let sentence = format!("it is one of {}", parameter.words.join(", "));
                return Err(Problem::invalid_parameter(parameter.name, &sentence));
            }
            values.insert(name.to_owned(), value.to_owned());
        }
        Ok(Self(values))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn cursor(&self) -> Option<&str> {
        self.get(CURSOR)
    }

    pub(super) fn page_size(&self) -> Result<PageSize, Problem> {
        let size = self.get(LIMIT).map(PageSize::parse).transpose();
        Ok(size.map_err(|error| Problem::invalid_limit(&error))?.unwrap_or_default())
    }

    /// Name and value of everything that chooses what is listed.
    pub(super) fn filter(&self) -> impl Iterator<Item = (&str, &str)> {
        let of_pages = |name: &&str| OF_PAGES.contains(name);
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(move |(name, _)| !of_pages(name))
    }
}
