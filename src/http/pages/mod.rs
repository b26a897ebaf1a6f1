//! What people see in a browser: how pages are rendered and sent, their parts and their words. Pages are complete
//! without a script, load nothing from elsewhere and know no use case; handlers fill a view and hand it to [`render`].

pub mod assets;
pub mod moment;
pub mod view;
pub mod words;

mod filters;
mod page;
#[cfg(test)]
mod tests;

pub use page::{FormTargets, render};
