//! Runs database work off the event loop, as many pieces at once as there are connections, and refuses early instead of
//! queueing without bound.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

use super::{connection::Store, error::Error};

/// How long a piece of work waits for its turn.
const PATIENCE: Duration = Duration::from_millis(500);
/// The same for work that whoever asked for cannot simply ask for again.
const MUCH_PATIENCE: Duration = Duration::from_secs(4);

/// The way from asynchronous code to the database.
#[derive(Debug, Clone)]
pub struct Executor {
    store: Store,
    permits: Arc<Semaphore>,
}

impl Executor {
    /// One permit for each connection, and one for the writer.
    #[must_use]
    pub fn new(store: Store) -> Self {
        let permits = usize::try_from(store.connections()).unwrap_or(1) + 1;
        Self { store, permits: Arc::new(Semaphore::new(permits)) }
    }

    /// The database, for code that may block.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Runs `work` on a thread that may block.
    ///
    /// # Errors
    /// Those of `work`; [`Error::Unavailable`] if no turn came in half a second.
    pub async fn run<T, E>(&self, work: impl FnOnce(&Store) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.run_within(PATIENCE, work).await
    }

    /// The same for codes and refresh tokens. They come in crowds, many with one and the same; and an application that is told
    /// to try again may have nobody left to ask for another.
    ///
    /// # Errors
    /// Those of `work`; [`Error::Unavailable`] if no turn came in four seconds.
    pub async fn run_patiently<T, E>(&self, work: impl FnOnce(&Store) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.run_within(MUCH_PATIENCE, work).await
    }

    async fn run_within<T, E>(
        &self,
        patience: Duration,
        work: impl FnOnce(&Store) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let busy = || Error::Unavailable("all database connections are busy".to_owned());
        let turn = timeout(patience, Arc::clone(&self.permits).acquire_owned()).await;
        let permit = turn.map_err(|_| busy())?.map_err(|_| busy())?;
        let store = self.store.clone();
        let done = spawn_blocking(move || {
            let result = work(&store);
            drop(permit);
            result
        });
        done.await.unwrap_or_else(|_| Err(Error::Unavailable("the work was abandoned".to_owned()).into()))
    }
}
