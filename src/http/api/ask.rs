//! Questions that are too secret for an address: what they are about stands in the body, and nothing is changed.

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    handler::{Handler, look},
    kind::Kind,
    problem::Problem,
    reply::Reply,
    request::Call,
};
use crate::store::Rows;

/// A function that answers a question from what is there.
pub type AskFn<B, T> = fn(&mut Rows<'_>, &Call<'_>, B) -> Result<T, Problem>;

/// Answers a question: 200, without an entity tag.
pub fn ask<B, T>(answer: AskFn<B, T>) -> Handler
where
    B: DeserializeOwned + JsonSchema + Send + 'static,
    T: Serialize + JsonSchema + 'static,
{
    Handler::changing::<B, T>(Kind::Ask, move |request, input| {
        Box::new(move |store| {
            look(store, &request, |rows, call| Reply::json(Kind::Ask.status(), &answer(rows, call, input)?))
        })
    })
}
