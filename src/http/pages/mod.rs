//! What people see in a browser: how pages are rendered and sent, their parts and their words. Pages are complete
//! without a script, load nothing from elsewhere and know no use case; handlers fill a view and hand it to [`render`].
//!
//! [`session::Visitor`] says which browser a request comes from and who is logged in there; [`csrf`] and [`origin`] keep
//! forms of other sites out; [`refusal`] is whatever gets no further.

pub mod assets;
pub mod browser;
pub mod console;
pub mod cookies;
pub mod csrf;
pub mod moment;
pub mod origin;
pub mod refusal;
pub mod session;
pub mod site;
pub mod view;
pub mod words;

mod filters;
mod handlers;
mod page;
#[cfg(test)]
mod tests;

pub use page::{FormTargets, render};
pub use session::Visitor;
pub use site::Pages;
