//! As much of a browser as signing in needs: cookies, redirects, one form at a time.

use super::shell::Shell;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Child;
use std::time::Duration;

/// A browser without a window.
#[derive(Debug, Default)]
pub(super) struct Browser {
    cookies: BTreeMap<String, String>,
}

/// A sign-in under way: the process, and the address that it asks the person to open.
pub(super) fn begun(shell: &Shell) -> (Child, String) {
    #[expect(clippy::zombie_processes, reason = "a test that fails here ends with its processes")]
    let mut child = shell.command(&["login", "--no-browser"]).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut all = String::new();
    loop {
        let mut line = String::new();
        assert!(said.read_line(&mut line).unwrap() > 0, "it says no address: {all}");
        all += &line;
        if let Some(address) = line.trim_end().strip_prefix("  http") {
            // What else it says is what `ran` reads.
            child.stderr = Some(said.into_inner());
            return (child, format!("http{address}"));
        }
    }
}

impl Browser {
    /// Opens an address and follows where it leads: status and page.
    pub(super) fn open(&mut self, address: &str) -> (u16, String) {
        let request = http::Request::get(address).body(String::new()).unwrap();
        self.asked(address, request)
    }

    /// Sends the first form of a page that was got from an address.
    pub(super) fn submit(
        &mut self,
        at: &str,
        page: &str,
        fields: &[(&str, &str)],
    ) -> (u16, String) {
        let between = |before: &str| page.split(before).nth(1).unwrap().split('"').next().unwrap();
        let action = between("<form method=\"post\" action=\"").replace("&amp;", "&");
        let token = between("name=\"form\" value=\"");
        let pairs = [&[("form", token)], fields].concat();
        let body: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let address = absolute(at, &action);
        let request = http::Request::post(&address)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.join("&"))
            .unwrap();
        self.asked(&address, request)
    }

    fn asked(&mut self, address: &str, mut request: http::Request<String>) -> (u16, String) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(Duration::from_secs(20)))
            .build()
            .into();
        let mut at = address.to_owned();
        loop {
            let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            let cookies = cookies.collect::<Vec<_>>().join("; ");
            if !cookies.is_empty() {
                request.headers_mut().insert("cookie", cookies.parse().unwrap());
            }
            let answer = if request.method() == http::Method::GET {
                agent.run(request.map(|_empty| ())).unwrap()
            } else {
                agent.run(request).unwrap()
            };
            let (parts, mut body) = answer.into_parts();
            for line in parts.headers.get_all("set-cookie") {
                let (name, value) = line.to_str().unwrap().split_once('=').unwrap();
                let value = value.split(';').next().unwrap();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            let Some(next) = parts.headers.get("location") else {
                return (parts.status.as_u16(), body.read_to_string().unwrap());
            };
            at = absolute(&at, next.to_str().unwrap());
            request = http::Request::get(&at).body(String::new()).unwrap();
        }
    }
}

fn absolute(at: &str, next: &str) -> String {
    if next.starts_with("http") {
        return next.to_owned();
    }
    let origin: Vec<&str> = at.splitn(4, '/').take(3).collect();
    origin.join("/") + next
}
