//! The pages on the way: shut against frames, other sites and caches, changed by no reading, and deaf to hostile texts.

use keystead::{
    domain::{
        authority::Authority,
        name::{Description, Name},
        permission::PermissionClass,
        scope::{RegisteredScope, ScopeName},
        user::Login,
    },
    manage::{
        self,
        users::{CreateUser, EditUser},
    },
};

use crate::{
    asking::{another_space, is_asked},
    on_both,
    support::{
        backend::Backend,
        browser::{Browser, PASSWORD, person, set_password},
        credential::resource_server_id,
        http::Response,
        log_in_with::{CALLBACK, TestApplication, allow, consent_field},
        site::{Server, TestSite},
    },
};

const OPERATOR: &Authority = &Authority::OPERATOR;

/// Texts that do something where they are not taken as texts.
const HOSTILE: [&str; 12] = [
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)' x='",
    "<svg/onload=alert(1)>",
    "</bdi></textarea><iframe src=javascript:alert(1)>",
    "<!--<script>",
    "{{7*7}}${7*7}<%=7*7%>",
    "<a href=\"https://evil.example\">here</a>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u{ff1c}script\u{ff1e} alert(1)",
];

/// Every `<` of ours begins one of our own tags, so whatever somebody else brought is text.
fn is_inert(page: &Response, text: &str) {
    assert!(page.body.contains("<html"), "{page:?}");
    for raw in ["<img", "<iframe", "<meta http", "<!--", "<a href=\"https://evil", "onmouseover='", "<svg/"] {
        assert!(!page.body.contains(raw), "{text}: {raw} in {}", page.body);
    }
    assert_eq!(page.body.matches("<script").count(), 1, "the one that all pages have: {}", page.body);
    assert_eq!(page.body.matches("<svg").count(), 1, "the one that all pages have: {}", page.body);
    assert!(!page.body.contains("&amp;lt;script") || text.starts_with("&lt;"), "escaped once: {}", page.body);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
}

// Covers: B7
#[test]
fn hostile_texts_are_texts() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    for (place, text) in HOSTILE.into_iter().enumerate() {
        let login = format!("u{place}");
        let full_name = Name::parse(text).expect("a name, as hostile as it is");
        let user = CreateUser::person(site.space, Login::parse(&login).expect("a login"), full_name.clone());
        let user = site.change(|change, deps| manage::users::create(change, deps, OPERATOR, user)).id;
        set_password(&site, user, PASSWORD);
        let scope = format!("s{place}.read");
        let registered = RegisteredScope {
            name: ScopeName::parse(&scope).expect("the name of a scope"),
            resource_server: resource_server_id(&site.resource_server),
            class: PermissionClass::Read,
            description: Description::parse(text).expect("a description"),
        };
        site.change(|change, deps| manage::scopes::register(change, deps, OPERATOR, &registered));
        let application = site.application_with(|input| {
            input.name = full_name;
            input.description = Description::parse(text).expect("a description");
            input.scopes.push(scope.clone());
            input.owner = (place % 2 == 0).then_some(user);
        });

        let mut browser = Browser::new(&server);
        let wanted = format!("openid {scope}");
        let changes = [("scope", wanted.as_str()), ("state", text), ("login_hint", text), ("nonce", text)];
        let page = application.authorize(&mut browser, &changes);
        assert!(page.body.contains("action=\"/login\""), "{page:?}");
        is_inert(&page, text);
        let failed = browser.submit("/login", "/login", &[("login", text), ("password", text)]);
        assert_eq!(failed.status, 422);
        is_inert(&failed, text);
        let page = crate::asking::log_in_there(&mut browser, &page, &login);
        assert!(is_asked(&page));
        is_inert(&page, text);
        allow(&mut browser, &page);
        is_inert(&browser.get("/account/applications"), text);
        is_inert(&browser.get("/account/sessions"), text);
        if place % 2 == 0 {
            let refused = application.authorize(&mut browser, &[("scope", text), ("state", text)]);
            assert_eq!(refused.status, 400);
            is_inert(&refused, text);
        }
    }
}

/// Every kind of answer on the way.
fn answers(site: &TestSite, server: &Server, application: &TestApplication) -> Vec<(&'static str, Response)> {
    let mut browser = Browser::new(server);
    let bounced = browser.get(&application.authorize_path(&[]));
    let login = application.authorize(&mut browser, &[]);
    let wrong = browser.submit("/login", "/login", &[("login", "jo"), ("password", "wrong")]);
    let logged_in = browser.log_in("jo", PASSWORD);
    let consent = application.authorize(&mut browser, &[]);
    let foreign =
        browser.post("/consent", "x", &[("request", &consent_field(&consent, "request")), ("decision", "allow")]);
    let allowed = allow(&mut browser, &consent);
    let gone = allow(&mut browser, &consent);
    let refused = application.authorize(&mut browser, &[("scope", "bogus")]);
    let page = application.authorize(&mut browser, &[("client_id", "x")]);
    let posted = server.client.post("/oauth/authorize").form(&[("client_id", "x")]).send();
    let method = browser.request("PUT", "/oauth/authorize").send();
    let unreadable = server.client.get("/oauth/authorize?state=%00").send();
    let pushed = crate::asking::push(server, application, &[]);
    assert!(site.database.number("(SELECT COUNT(*) FROM grants)") > 0);
    vec![
        ("the way to the login", bounced),
        ("login", login),
        ("a wrong password", wrong),
        ("after the login", logged_in),
        ("consent", consent),
        ("a form without its token", foreign),
        ("the way back", allowed),
        ("a request that is answered", gone),
        ("an error for the application", refused),
        ("an error for the user", page),
        ("an error of a form", posted),
        ("another method", method),
        ("no text", unreadable),
        ("pushed", pushed),
    ]
}

// Covers: AZ-20, AZ-21, B6, H8, T13
#[test]
fn no_answer_on_the_way_is_framed_cached_or_read_by_other_sites() {
    let site = TestSite::new(Backend::Sqlite);
    person(&site, "jo");
    let (application, server) = (site.application(), site.serve());
    for (what, answer) in answers(&site, &server, &application) {
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{what}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{what}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{what}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{what}");
        let policy = answer.header("content-security-policy").unwrap_or_else(|| panic!("{what}: {answer:?}"));
        assert!(policy.contains("frame-ancestors 'none'"), "{what}: {policy}");
        if answer.body.contains("<html") {
            for source in ["src=\"http", "src=\"//", "@import", "url("] {
                assert!(!answer.body.contains(source), "{what} loads something from elsewhere");
            }
        }
    }
    for path in ["/oauth/authorize", "/login", "/consent", "/oauth/par"] {
        for origin in ["https://app.example.com", "https://evil.example", "null", "http://127.0.0.1:8080"] {
            let preflight = server.client.request("OPTIONS", path).header("Origin", origin);
            let preflight = preflight.header("Access-Control-Request-Method", "POST").send();
            let simple = server.client.get(&application.authorize_path(&[])).header("Origin", origin).send();
            for answer in [preflight, simple] {
                for name in
                    ["access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-methods"]
                {
                    assert_eq!(answer.header(name), None, "{path} {origin}");
                }
            }
        }
    }
}

// Covers: AZ-21
#[test]
fn forms_lead_here_and_to_the_application_that_asked() {
    let site = TestSite::new(Backend::Sqlite);
    person(&site, "jo");
    let (application, server) = (site.application(), site.serve());
    let mut browser = Browser::new(&server);
    let policy = |page: &Response| page.header("content-security-policy").expect("a policy").to_owned();
    let login = application.authorize(&mut browser, &[]);
    assert!(policy(&login).contains("form-action 'self' https://app.example.com;"), "{}", policy(&login));
    let page = crate::asking::log_in_there(&mut browser, &login, "jo");
    assert!(policy(&page).contains("form-action 'self' https://app.example.com;"), "{}", policy(&page));
    let account = browser.get("/account/applications");
    assert!(policy(&account).contains("form-action 'self';"), "{}", policy(&account));
    assert!(CALLBACK.starts_with("https://app.example.com/"));
}

on_both! {
    // Covers: B2
    #[test]
    fn reading_logs_nobody_in_or_out_and_neither_gives_nor_takes(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let (application, server) = (site.application(), site.serve());
        let mut browser = Browser::logged_in(&server, "jo");
        application.log_in(&server, &mut browser, &[]);
        let waiting = application.authorize(&mut browser, &[("prompt", "consent")]);
        let (request, csrf) = (consent_field(&waiting, "request"), consent_field(&waiting, "csrf"));
        let count = || {
            let of = |table: &str| site.database.number(&format!("(SELECT COUNT(*) FROM {table})"));
            ["grants", "families", "authorization_codes", "sessions", "refresh_tokens", "changes", "audit_events"].map(of)
        };
        let before = count();
        let session = browser.cookies.clone();
        let grant = browser.get("/account/applications").body;
        let grant = crate::support::browser::field_of_form(&grant, "/account/applications/withdraw", "grant");
        for path in [
            format!("/consent?request={request}&csrf={csrf}&decision=allow&required=openid"),
            format!("/login?request={request}&csrf={csrf}&login=jo&password=correct+horse+battery"),
            "/login?login=jo&password=correct+horse+battery".to_owned(),
            "/logout".to_owned(),
            format!("/account/applications/withdraw?grant={grant}&csrf={csrf}"),
            format!("/account/sessions/end-others?csrf={csrf}"),
            "/account/sessions".to_owned(),
            "/account/password?current=correct+horse+battery&password=other".to_owned(),
        ] {
            for method in ["GET", "HEAD"] {
                let answer = browser.request(method, &path).send();
                browser.keep(&answer);
                assert!(answer.status < 500, "{method} {path}: {answer:?}");
            }
        }
        assert_eq!((count(), &browser.cookies), (before, &session));
        assert!(browser.is_logged_in());
    }

    // Covers: B13
    #[test]
    fn the_consent_page_says_who_asks_for_what_where_and_for_how_long(backend) {
        let site = TestSite::new(backend);
        let user = person(&site, "jo");
        let input = EditUser { full_name: Some(crate::support::site::name("Jo Doe")), ..EditUser::of(user) };
        site.change(|change, deps| manage::users::edit(change, deps, OPERATOR, input));
        let (application, server) = (site.application(), site.serve());
        let own = site.application_with(|input| input.owner = Some(user));
        let stranger = site.application_with(|input| input.space = another_space(&site));
        let mut browser = Browser::logged_in(&server, "jo");
        let page = application.authorize(&mut browser, &[("scope", "openid offline_access read email")]).body;
        for shown in [
            "<bdi>Shop</bdi>",
            "<bdi>Space</bdi>",
            ">app.example.com<",
            "<bdi>Jo Doe</bdi>",
            "(<bdi>jo</bdi>)",
            "another=1",
            "Recognise you when you log in",
            "See the data that you can see",
            "See your e-mail address",
            "Keep its access while you are logged out",
            "It will not be able to",
            "also while you are logged out",
            "https://api.example.com",
            "/account/applications",
        ] {
            assert!(page.contains(shown), "{shown}: {page}");
        }
        assert!(!page.contains("Create, change and delete the data that you can change</bdi>"), "{page}");
        let page = application.authorize(&mut browser, &[("scope", "openid")]).body;
        assert!(page.contains("The access ends when you log out here."), "{page}");
        assert!(!page.contains("https://api.example.com"), "it has no role anywhere: {page}");
        let page = stranger.authorize(&mut browser, &[]).body;
        assert!(page.contains("<bdi>Elsewhere</bdi>") && page.contains("Not reviewed by <bdi>Space</bdi>"), "{page}");
        let page = own.authorize(&mut browser, &[]).body;
        assert!(page.contains("<bdi>Jo Doe</bdi>, <bdi>Space</bdi>"), "it says whose own it is: {page}");
    }
}
