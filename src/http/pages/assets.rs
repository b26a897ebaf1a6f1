//! Style sheet, script and pictures, embedded in the program. Names carry a fingerprint of the content, so that
//! browsers keep them for ever and never use an old one with a new page.

use std::{fmt::Write as _, sync::LazyLock};

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue},
    web,
};
use aws_lc_rs::digest;

const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// The pictures of the button have stable names, since they stand in other people's pages.
const FOR_A_DAY: &str = "public, max-age=86400";
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// A file that pages of ours load.
struct Asset {
    stem: &'static str,
    extension: &'static str,
    media_type: &'static str,
    content: &'static str,
}

const STYLE: Asset = Asset {
    stem: "app",
    extension: "css",
    media_type: "text/css; charset=utf-8",
    content: include_str!("../../../static/app.css"),
};
const SCRIPT: Asset = Asset {
    stem: "app",
    extension: "js",
    media_type: "text/javascript; charset=utf-8",
    content: include_str!("../../../static/app.js"),
};
const ICON: Asset = Asset {
    stem: "icon",
    extension: "svg",
    media_type: "image/svg+xml",
    content: include_str!("../../../static/icon.svg"),
};
const BUTTONS: [(&str, &str); 2] = [
    ("log-in-with-light.svg", include_str!("../../../static/button-light.svg")),
    ("log-in-with-dark.svg", include_str!("../../../static/button-dark.svg")),
];

static STYLE_NAME: LazyLock<String> = LazyLock::new(|| STYLE.name());
static SCRIPT_NAME: LazyLock<String> = LazyLock::new(|| SCRIPT.name());
static ICON_NAME: LazyLock<String> = LazyLock::new(|| ICON.name());

impl Asset {
    fn name(&self) -> String {
        let digest = digest::digest(&digest::SHA256, self.content.as_bytes());
        let mut name = format!("{}-", self.stem);
        for byte in digest.as_ref().iter().take(8) {
            // Writing to a string does not fail.
            let _ = write!(name, "{byte:02x}");
        }
        format!("{name}.{}", self.extension)
    }
}

/// File name of the style sheet, below `/assets/`.
#[must_use]
pub fn style() -> &'static str {
    &STYLE_NAME
}

/// File name of the script, below `/assets/`.
#[must_use]
pub fn script() -> &'static str {
    &SCRIPT_NAME
}

/// File name of the icon of the site, below `/assets/`.
#[must_use]
pub fn icon() -> &'static str {
    &ICON_NAME
}

/// The content of the file of this name below `/assets/`, with its media type.
#[must_use]
pub fn content(name: &str) -> Option<(&'static str, &'static str)> {
    asset(name).map(|(asset, _)| (asset.content, asset.media_type)).or_else(|| {
        BUTTONS.iter().find(|(of_button, _)| *of_button == name).map(|(_, content)| (*content, ICON.media_type))
    })
}

/// Serves the files below `base`, the path of the issuer.
pub fn configure(app: &mut web::ServiceConfig, base: &str) {
    let path = format!("{base}/assets/{{name}}");
    app.service(web::resource(path).route(web::get().to(serve)).route(web::head().to(serve)));
}

async fn serve(name: web::Path<String>) -> HttpResponse {
    let Some((content, media_type)) = content(&name) else { return HttpResponse::NotFound().finish() };
    let is_button = BUTTONS.iter().any(|(of_button, _)| *of_button == name.as_str());
    let keep = match asset(&name) {
        _ if is_button => FOR_A_DAY,
        Some((_, true)) => FOR_EVER,
        _ => "no-store",
    };
    let shared_with = if is_button { "cross-origin" } else { "same-origin" };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media_type))
        .insert_header((CACHE_CONTROL, keep))
        .insert_header((CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static(shared_with)))
        .body(content)
}

/// The asset, and whether the fingerprint is that of its content. While a new release is rolled out, one node's page may
/// ask another node for its style; a neighbouring version, not kept, is better than none.
fn asset(name: &str) -> Option<(&'static Asset, bool)> {
    let named = |asset: &'static Asset, current: &str| {
        let fingerprint = name
            .strip_prefix(asset.stem)
            .and_then(|rest| rest.strip_prefix('-'))
            .and_then(|rest| rest.strip_suffix(asset.extension))
            .and_then(|rest| rest.strip_suffix('.'))?;
        (fingerprint.len() == 16 && fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .then_some((asset, name == current))
    };
    named(&STYLE, style()).or_else(|| named(&SCRIPT, script())).or_else(|| named(&ICON, icon()))
}

#[cfg(test)]
mod tests {
    use actix_web::{App, test};

    use super::*;

    async fn get(path: &str) -> (u16, String, String) {
        let app = test::init_service(App::new().configure(|app| configure(app, "/id"))).await;
        let response = test::call_service(&app, test::TestRequest::get().uri(path).to_request()).await;
        let header = |name: &str| {
            let value = response.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        (response.status().as_u16(), header("cache-control"), header("content-type"))
    }

    #[actix_web::test]
    async fn what_is_named_by_its_content_is_kept_for_ever() {
        let (status, keep, kind) = get(&format!("/id/assets/{}", style())).await;
        assert_eq!((status, keep.as_str(), kind.as_str()), (200, FOR_EVER, "text/css; charset=utf-8"));
        let (status, keep, kind) = get(&format!("/id/assets/{}", script())).await;
        assert_eq!((status, keep.as_str(), kind.as_str()), (200, FOR_EVER, "text/javascript; charset=utf-8"));
    }

    #[actix_web::test]
    async fn a_neighbouring_release_gets_a_style_that_is_not_kept() {
        let (status, keep, _) = get("/id/assets/app-0123456789abcdef.css").await;
        assert_eq!((status, keep.as_str()), (200, "no-store"));
    }

    #[actix_web::test]
    async fn pictures_of_the_button_have_stable_names() {
        for side in ["light", "dark"] {
            let (status, keep, kind) = get(&format!("/id/assets/log-in-with-{side}.svg")).await;
            assert_eq!((status, keep.as_str(), kind.as_str()), (200, FOR_A_DAY, "image/svg+xml"));
        }
    }

    #[actix_web::test]
    async fn there_is_nothing_else() {
        for name in
            ["app.css", "app-.css", "app-0123456789abcdeg.css", "app-0123456789abcdef.exe", "%2e%2e%2fCargo.toml"]
        {
            assert_eq!(get(&format!("/id/assets/{name}")).await.0, 404, "{name}");
        }
    }
}
