//! Every page in every state, with made-up people. The tests of the pages walk through the same list.

use askama::Template;

use super::{
    account_states,
    library::http::pages::{
        view::{
            ConsentPage, Destination, ErrorPage, ForgottenPage, ForgottenSentPage, LoggedOutPage, LoginPage, LoginTo,
            LogoutPage, Review, RunBy, ScopeLine, SetupPage, Shell, ShownUser, WayOut,
        },
        words::{self, Access, AccessLife, LoginProblem, PasswordProblem},
    },
};

/// A page in one state.
pub(crate) struct State {
    /// File name without its end.
    pub(crate) name: String,
    /// The page.
    pub(crate) html: String,
}

/// What people typed somewhere.
#[derive(Clone, Copy)]
pub(crate) struct Texts {
    /// Full name of a user.
    pub(crate) person: &'static str,
    /// Login of a user.
    pub(crate) login: &'static str,
    /// Name of an application.
    pub(crate) application: &'static str,
    /// Name of a space.
    pub(crate) space: &'static str,
    /// Description of a registered scope.
    pub(crate) scope: &'static str,
    /// What a browser calls itself.
    pub(crate) device: &'static str,
}

impl Texts {
    /// As most are.
    pub(crate) const fn usual() -> Self {
        Self {
            person: "Alex Example",
            login: "alex@example.com",
            application: "Release board",
            space: "Example Ltd",
            scope: "See the reports of your workspaces",
            device: "Firefox on Linux",
        }
    }

    /// As long as the rules allow.
    pub(crate) const fn long() -> Self {
        Self {
            person: "Wilhelmina-Charlotte Maximiliane von und zu Musterfrau-Beispielhausen an der Langen Namensleine",
            login: "wilhelmina-charlotte.maximiliane.von.und.zu.musterfrau-beispielhausen@department.example.com",
            application: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsanwendung Two",
            space: "The Honourable Company of Examples, Samples, Specimens, Instances and Illustrations of Every Kind",
            scope: "See the monthly, quarterly and yearly reports of every workspace in which you have a role that lets you see reports, together with the comments that others have written below them",
            device: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36",
        }
    }

    pub(crate) const fn user(&self) -> ShownUser<'static> {
        ShownUser { name: self.person, login: self.login, log_out_csrf: CSRF }
    }
}

/// A token of a form.
pub(crate) const CSRF: &str = "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const REQUEST: &str = "ksq_example";

pub(crate) fn state(name: &str, view: &impl Template) -> State {
    State { name: name.to_owned(), html: view.render().unwrap_or_default() }
}

/// All of them, with links below `base`.
pub(crate) fn all(base: &str, texts: &Texts) -> Vec<State> {
    let shell = Shell::new(base, "id.example.com");
    let mut states = login(shell, texts);
    states.extend(consent(shell, texts));
    states.extend(passwords(shell, texts));
    states.extend(ends(shell, texts));
    states.extend(account_states::all(shell, texts));
    states
}

fn site() -> Destination {
    Destination::Site("board.example.com".to_owned())
}

fn login(shell: Shell<'_>, texts: &Texts) -> Vec<State> {
    let application = Some(LoginTo { name: texts.application, returns_to: site() });
    let page = |login, problem| LoginPage {
        shell,
        application: application.clone(),
        request: Some(REQUEST),
        next: None,
        csrf: CSRF,
        login,
        problem,
        reset_available: true,
    };
    let bare = LoginPage { application: None, request: None, reset_available: false, ..page("", None) };
    let program = LoginTo { name: texts.application, returns_to: Destination::Program("com.example.board".to_owned()) };
    vec![
        state("login", &page("", None)),
        state("login-bare", &bare),
        state("login-program", &LoginPage { application: Some(program), ..page(texts.login, None) }),
        state("login-wrong", &page(texts.login, Some(LoginProblem::Wrong))),
        state("login-throttled", &page(texts.login, Some(LoginProblem::Throttled { seconds: 45 }))),
        state("login-busy", &page(texts.login, Some(LoginProblem::Busy))),
        state("login-expired", &page(texts.login, Some(LoginProblem::Expired))),
        state("login-again", &page(texts.login, Some(LoginProblem::EnterAgain))),
    ]
}

fn consent(shell: Shell<'_>, texts: &Texts) -> Vec<State> {
    let page = |scopes: Vec<ScopeLine<'static>>| {
        let values: Vec<&str> = scopes.iter().map(|scope| scope.value).collect();
        ConsentPage {
            shell,
            application: texts.application,
            run_by: RunBy { space: texts.space, user: None },
            home_space: texts.space,
            review: Review::Approved,
            returns_to: site(),
            user: texts.user(),
            not_able: words::not_able(&values, false),
            scopes,
            apis: vec!["https://api.example.com"],
            life: AccessLife::WhileShownUser,
            request: REQUEST,
            csrf: CSRF,
        }
    };
    let known = |value| ScopeLine::new(value, "", None);
    let optional = |value| ScopeLine { required: false, ..known(value) };
    let added = |value| ScopeLine { is_new: true, ..optional(value) };
    let reports = ScopeLine::new("reports.view", texts.scope, Some(Access::Read));
    let many = vec![
        known("openid"),
        known("profile"),
        optional("email"),
        known("read"),
        added("write"),
        reports,
        optional("offline_access"),
    ];
    let unreviewed = ConsentPage {
        review: Review::None,
        run_by: RunBy { space: texts.space, user: Some(texts.person) },
        apis: vec!["https://api.example.com", "https://reports.example.com/v2"],
        life: AccessLife::UntilUnused { days: 30 },
        ..page(many)
    };
    let loopback = Destination::Loopback("127.0.0.1:49152".to_owned());
    vec![
        state("consent", &page(vec![known("openid"), known("profile"), known("read")])),
        state("consent-identity", &ConsentPage { apis: Vec::new(), ..page(vec![known("openid")]) }),
        state("consent-many", &unreviewed),
        state("consent-program", &ConsentPage { returns_to: loopback, ..page(vec![known("openid"), known("write")]) }),
    ]
}

fn passwords(shell: Shell<'_>, texts: &Texts) -> Vec<State> {
    let setup = |problem| SetupPage {
        shell,
        name: texts.person,
        login: texts.login,
        is_first: true,
        least: 8,
        link: "ksi_example",
        request: None,
        csrf: CSRF,
        problem,
    };
    let forgotten = |login, problem| ForgottenPage { shell, login, csrf: CSRF, problem };
    vec![
        state("setup", &setup(None)),
        state("setup-reset", &SetupPage { is_first: false, ..setup(None) }),
        state("setup-short", &setup(Some(PasswordProblem::TooShort { least: 8 }))),
        state("setup-common", &setup(Some(PasswordProblem::TooCommon))),
        state("forgotten", &forgotten("", None)),
        state("forgotten-throttled", &forgotten(texts.login, Some(LoginProblem::Throttled { seconds: 300 }))),
        state("forgotten-sent", &ForgottenSentPage { shell }),
    ]
}

fn ends(shell: Shell<'_>, texts: &Texts) -> Vec<State> {
    let error = |way_out| ErrorPage {
        shell,
        title: "This link does not lead anywhere",
        sentence: "The application named an address to return to that it has not registered.",
        next: "Go back to the application and try again. If it happens again, tell whoever runs the application.",
        way_out,
        elsewhere: None,
        code: "invalid_redirect_uri",
        request_id: "1c9f2b7a0003-00000000042f",
    };
    let logout = |application, returns_to| LogoutPage {
        shell,
        application,
        returns_to,
        user: texts.user(),
        action: "/oauth/logout",
        fields: vec![("request", REQUEST)],
    };
    vec![
        state("error", &error(None)),
        state("error-way-out", &error(Some(WayOut { path: "/login", text: "Log in" }))),
        state("logout", &logout(None, None)),
        state("logout-asked", &logout(Some(texts.application), Some(site()))),
        state("signed-out", &LoggedOutPage { shell }),
    ]
}
