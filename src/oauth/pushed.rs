//! Pushed authorization requests (RFC 9126): an application leaves its request here and sends the browser with its name.

use serde::Serialize;

use super::{
    Error, OAuth, Refusal,
    authorize::{
        kept::{PUSHED_LIFE, REQUEST_URI},
        request::{Fault, PageFault, Parameters},
    },
    client_authentication::{Client, PresentedClient},
};

/// The answer (RFC 9126 section 2.2).
#[derive(Serialize)]
pub struct Pushed {
    request_uri: String,
    expires_in: u64,
}

impl OAuth {
    /// Keeps a request for the browser that comes with it.
    ///
    /// # Errors
    /// A caller that is no application, what is wrong with the request, or our own trouble.
    pub async fn push(&self, client: PresentedClient<'_>, parameters: &Parameters<'_>) -> Result<Pushed, Error> {
        let caller = match self.live.decide(async |view| self.authenticate(view, client).await).await? {
            Ok(Client::Application(caller)) => caller.application.id.to_string(),
            Ok(other) => {
                return Err(self.refuse_request(Refusal::UnauthorizedClient, other.party(), client.peer, "par"));
            }
            Err(refused) => return Err(self.refuse_client(client, refused)),
        };
        if parameters.request_uri.is_some() {
            return Err(invalid("request_uri cannot be pushed"));
        }
        let parameters = Parameters { client_id: Some(&caller), ..parameters.clone() };
        let checked = match self.check(&parameters).await? {
            Ok(checked) => checked,
            Err(Fault::Refused(refused)) => {
                return Err(Error::Request { code: refused.error, description: refused.description });
            }
            Err(Fault::Page(PageFault::StateTooLong)) => return Err(invalid("state has at most 1024 bytes")),
            Err(Fault::Page(_)) => return Err(invalid("redirect_uri is none of those that are registered")),
        };
        let Some((handle, _)) = self.keep(checked, None).await? else {
            return Err(Refusal::InvalidClient { tries: None }.into());
        };
        let request_uri = format!("{REQUEST_URI}{}", handle.expose());
        Ok(Pushed { request_uri, expires_in: PUSHED_LIFE.as_secs() })
    }
}

fn invalid(description: &str) -> Error {
    Error::Request { code: "invalid_request", description: description.to_owned() }
}
