//! One struct a page: what the page shows, as plain data.

mod account;
mod consent;
mod destination;
mod error;
mod forgotten;
mod login;
mod logout;
mod setup;
mod shell;

pub use account::{
    applications::{AccountApplicationsPage, AuthorizedApplication},
    password::AccountPasswordPage,
    sessions::{AccountSessionsPage, SessionLine},
};
pub use consent::{ConsentPage, Review, ScopeLine};
pub use destination::Destination;
pub use error::{ErrorPage, WayOut};
pub use forgotten::{ForgottenPage, ForgottenSentPage};
pub use login::{LoginPage, LoginTo};
pub use logout::{LoggedOutPage, LogoutPage};
pub use setup::SetupPage;
pub use shell::{RunBy, Shell, ShownUser};
