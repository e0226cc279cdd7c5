//! The clients that people sign in for: public ones, without secrets.

/// The frontend.
const WEB: &str = "annals-web";
/// The command line.
const CLI: &str = "annals-cli";
/// Where the command line waits for its answer: three ports, since one may be taken and an address
/// must be registered whole, as with Cognito.
const CLI_PORTS: [u16; 3] = [8_976, 8_977, 8_978];

/// A client and the addresses that answers for it may be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Client {
    pub(super) id: &'static str,
    /// After signing in.
    pub(super) redirects: Vec<String>,
    /// After signing out.
    pub(super) logouts: Vec<String>,
}

impl Client {
    /// The client of that name.
    pub(super) fn named(id: &str, issuer: &str) -> Option<Self> {
        match id {
            WEB => Some(Self {
                id: WEB,
                redirects: vec![format!("{issuer}/signed-in")],
                logouts: vec![format!("{issuer}/")],
            }),
            CLI => Some(Self {
                id: CLI,
                redirects: CLI_PORTS.map(|port| format!("http://localhost:{port}/callback")).into(),
                logouts: Vec::new(),
            }),
            _ => None,
        }
    }

    /// Whether there is such a client.
    pub(super) fn is_known(id: &str) -> bool {
        [WEB, CLI].contains(&id)
    }

    /// The frontend's, which tokens of tests are for.
    pub(super) fn web() -> &'static str {
        WEB
    }
}
