//! Listener and runtime of the application. A stub that answers nothing.

use std::{future::Future, net::SocketAddr, sync::Arc};

use thiserror::Error;

use super::server::BindError;
use crate::{config::Config, live::Live};

/// Why the application cannot run.
#[derive(Debug, Error)]
pub enum StartError {
    /// A listener cannot be bound.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The runtime failed.
    #[error("the server stopped: {0}")]
    Io(#[from] std::io::Error),
}

/// The application, bound and not yet served.
pub struct Application {
    listener: std::net::TcpListener,
    address: SocketAddr,
}

impl Application {
    /// Binds all listeners.
    ///
    /// # Errors
    /// [`StartError`] names the address.
    pub fn bind(config: &Config, _: Arc<Live>) -> Result<Self, StartError> {
        let address = config.listen.address.ok_or(BindError::NoListener)?;
        let listener = std::net::TcpListener::bind(address).map_err(|cause| BindError::Address { address, cause })?;
        Ok(Self { address: listener.local_addr()?, listener })
    }

    /// Where plain HTTP is.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where health is.
    #[must_use]
    pub const fn management_address(&self) -> Option<SocketAddr> {
        None
    }

    /// Serves until `shutdown` is done.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn run_until(self, shutdown: impl Future<Output = ()>) -> Result<(), StartError> {
        actix_web::rt::System::new().block_on(shutdown);
        drop(self.listener);
        Ok(())
    }
}
