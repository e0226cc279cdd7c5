//! Who may do what: every route, every group, every tenant.

use crate::support::{Answer, Caller, World, access_claims};
use edge::{GROUPS, ROUTES, Route};
use expect_test::expect;
use local::{Data, Exposure, Settings, Stack};
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::Arc;
use tokio::net::TcpListener;

/// What the route of the table becomes for one record.
fn path_of(route: &Route, plural: &str, id: &str) -> String {
    let action = if plural == "todos" { "complete" } else { "archive" };
    let name = plural.trim_end_matches('s');
    let names = [
        ("{plural}", plural),
        ("{type}", name),
        ("{id}", id),
        ("{action}", action),
        ("{version}", "1"),
        ("{view}", "records"),
        ("{key}", "nothing"),
    ];
    let path =
        names.iter().fold(route.path.to_owned(), |path, (name, value)| path.replace(name, value));
    if path.ends_with("/diff") { path + "?from=0" } else { path }
}

/// A body with which the route would do something for whoever may use it.
fn body_of(route: &Route, plural: &str) -> Option<Value> {
    let field = if plural == "todos" { "title" } else { "name" };
    match (route.method, route.path) {
        ("POST", "/audit/exports") => Some(json!({"format": "ndjson"})),
        ("POST", "/audit/verifications") => Some(json!({"scope": "all"})),
        ("POST", "/audit/verifications/{id}/result") => {
            Some(json!({"outcome": "clean", "records": 0, "commits": 0, "links": 0, "findings": 0}))
        }
        ("POST", "/operations/views/{view}/repair" | "/operations/replays") => {
            Some(json!({"reason": "because", "type": "customer"}))
        }
        ("POST", "/operations/parked/skip") => {
            let record = json!({"tenant": "t.demo", "type": "customer", "id": "nobody"});
            Some(json!({"reason": "because", "view": "records", "record": record}))
        }
        ("POST", "/people/rights") => Some(json!({"email": "new@example.org"})),
        ("PUT", _) => Some(json!({"display_name": "Somebody"})),
        ("POST", "/{plural}") | ("PATCH", _) => Some(json!({field: "Changed"})),
        ("POST", "/{plural}/{id}/restore") => Some(json!({"to_version": 1})),
        ("POST", _) => Some(json!({"reason": "because"})),
        _ => None,
    }
}

async fn tried(caller: &Caller<'_>, route: &Route, plural: &str, id: &str) -> Answer {
    let caller = caller.with("x-change-reason", "because");
    let names_version = route.method == "PATCH" || route.path.ends_with("/restore");
    let caller = if names_version { caller.with("if-match", "\"1\"") } else { caller };
    caller.send(route.method, &path_of(route, plural, id), body_of(route, plural)).await
}

/// Somebody of the tenant `demo` whose token tells of these groups; the directory knows them as an
/// admin.
fn member<'a>(world: &'a World, groups: &[&str]) -> Caller<'a> {
    let groups = [&["tenant-demo"], groups].concat();
    let admin = local::DEMO_PEOPLE.iter().find(|person| person.username == "admin").unwrap();
    world.caller_with_claims(&access_claims(admin.sub, &groups))
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table: one line for each route")]
async fn each_route_is_open_to_just_those_groups_that_have_its_right() {
    let world = World::start().await;
    world.first_run_over().await;
    let everything: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
    let mut callers = vec![
        ("no token", world.stranger()),
        ("no group", member(&world, &[])),
        ("unknown", member(&world, &["superusers"])),
        ("all", member(&world, &everything)),
        ("alone", world.caller_with_claims(&access_claims("alone", &everything))),
        (
            "two tenants",
            world
                .caller_with_claims(&access_claims("both", &["tenant-demo", "tenant-b", "admins"])),
        ),
    ];
    callers.extend(GROUPS.iter().map(|(name, _)| (*name, member(&world, &[name]))));
    let mut table = format!("{:42}", "");
    for (name, _) in &callers {
        write!(table, "{name:12}").unwrap();
    }
    for route in ROUTES {
        write!(table, "\n{:7}{:35}", route.method, route.path).unwrap();
        for (_, caller) in &callers {
            write!(table, "{:12}", may(&world, caller, route).await).unwrap();
        }
    }
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    expect![[r"
                                                  no token    no group    unknown     all         alone       two tenants viewers     editors     auditors    operators   admins
        GET    /health                            yes         yes         yes         yes         yes         yes         yes         yes         yes         yes         yes
        GET    /meta/types                        401         yes         yes         yes         yes         403         yes         yes         yes         yes         yes
        GET    /meta/counts                       401         403         403         yes         yes         403         yes         yes         yes         403         yes
        GET    /openapi.json                      yes         yes         yes         yes         yes         yes         yes         yes         yes         yes         yes
        GET    /me                                401         yes         yes         yes         yes         403         yes         yes         yes         yes         yes
        PUT    /me                                401         yes         yes         yes         yes         403         yes         yes         yes         yes         yes
        GET    /people/rights                     401         403         403         yes         403         403         403         403         403         403         yes
        POST   /people/rights                     401         403         403         yes         403         403         403         403         403         403         yes
        GET    /people/{id}/rights                401         403         403         yes         403         403         403         403         403         403         yes
        POST   /people/{id}/rights                401         403         403         yes         403         403         403         403         403         403         yes
        DELETE /people/{id}/rights                401         403         403         yes         403         403         403         403         403         403         yes
        GET    /{plural}                          401         403         403         yes         yes         403         yes         yes         yes         403         yes
        POST   /{plural}                          401         403         403         yes         yes         403         403         yes         403         403         yes
        GET    /{plural}/{id}                     401         403         403         yes         yes         403         yes         yes         yes         403         yes
        PATCH  /{plural}/{id}                     401         403         403         yes         yes         403         403         yes         403         403         yes
        DELETE /{plural}/{id}                     401         403         403         yes         yes         403         403         yes         403         403         yes
        POST   /{plural}/{id}/{action}            401         403         403         yes         yes         403         403         yes         403         403         yes
        GET    /{plural}/{id}/history             401         403         403         yes         yes         403         yes         yes         yes         403         yes
        GET    /{plural}/{id}/history/{version}   401         403         403         yes         yes         403         yes         yes         yes         403         yes
        GET    /audit/commits                     401         403         403         yes         yes         403         403         403         yes         403         yes
        GET    /audit/correlations/{id}           401         403         403         yes         yes         403         403         403         yes         403         yes
        GET    /audit/alarms                      401         403         403         yes         yes         403         403         403         yes         403         yes
        GET    /audit/heads                       401         403         403         yes         yes         403         403         403         yes         403         yes
        GET    /audit/stored/{type}/{id}          401         403         403         yes         yes         403         403         403         yes         403         yes
        POST   /audit/exports                     401         403         403         yes         yes         403         403         403         yes         403         yes
        GET    /audit/exports                     401         403         403         yes         yes         403         403         403         yes         403         yes
        GET    /audit/exports/{id}                401         403         403         yes         yes         403         403         403         yes         403         yes
        POST   /audit/verifications               401         403         403         yes         yes         403         403         403         yes         403         yes
        POST   /audit/verifications/{id}/result   401         403         403         yes         yes         403         403         403         yes         403         yes
        GET    /{plural}/{id}/diff                401         403         403         yes         yes         403         yes         yes         yes         403         yes
        GET    /{plural}/{id}/blame               401         403         403         yes         yes         403         yes         yes         yes         403         yes
        POST   /{plural}/{id}/restore             401         403         403         yes         yes         403         403         yes         403         403         yes
        GET    /operations/views                  401         403         403         yes         403         403         403         403         403         yes         yes
        GET    /operations/views/{view}           401         403         403         yes         403         403         403         403         403         yes         yes
        POST   /operations/views/{view}/rebuild   401         403         403         yes         403         403         403         403         403         yes         yes
        POST   /operations/views/{view}/verify    401         403         403         yes         403         403         403         403         403         yes         yes
        POST   /operations/views/{view}/promote   401         403         403         yes         403         403         403         403         403         yes         yes
        POST   /operations/views/{view}/rollback  401         403         403         yes         403         403         403         403         403         yes         yes
        POST   /operations/views/{view}/retire    401         403         403         yes         403         403         403         403         403         yes         yes
        POST   /operations/views/{view}/repair    401         403         403         yes         403         403         403         403         403         yes         yes
        POST   /operations/reconcile              401         403         403         yes         403         403         403         403         403         yes         yes
        GET    /operations/rebuilds               401         403         403         yes         403         403         403         403         403         yes         yes
        GET    /operations/rebuilds/{id}          401         403         403         yes         403         403         403         403         403         yes         yes
        POST   /operations/rebuilds/{id}/pause    401         403         403         yes         403         403         403         403         403         yes         yes
        POST   /operations/rebuilds/{id}/resume   401         403         403         yes         403         403         403         403         403         yes         yes
        POST   /operations/rebuilds/{id}/cancel   401         403         403         yes         403         403         403         403         403         yes         yes
        GET    /operations/parked                 401         403         403         yes         403         403         403         403         403         yes         yes
        POST   /operations/parked/retry           401         403         403         yes         403         403         403         403         403         yes         yes
        POST   /operations/parked/skip            401         403         403         yes         403         403         403         403         403         yes         yes
        GET    /operations/failures               401         403         403         yes         403         403         403         403         403         yes         yes
        POST   /operations/failures/{key}/drive   401         403         403         yes         403         403         403         403         403         yes         yes
        GET    /operations/alarms                 401         403         403         yes         403         403         403         403         403         yes         yes
        POST   /operations/replays                401         403         403         yes         403         403         403         403         403         yes         yes
        GET    /operations/replays                401         403         403         yes         403         403         403         403         403         yes         yes
        GET    /operations/replays/{id}           401         403         403         yes         403         403         403         403         403         yes         yes
        POST   /operations/replays/{id}/cancel    401         403         403         yes         403         403         403         403         403         yes         yes
        GET    /operations/log                    401         403         403         yes         403         403         403         403         403         yes         yes
        POST   /operations/log/recover            401         403         403         yes         403         403         403         403         403         yes         yes"]].assert_eq(&table.join("\n"));
}

/// Whether the caller gets past the rights of a route; who does not has written nothing.
async fn may(world: &World, caller: &Caller<'_>, route: &Route) -> &'static str {
    let editor = world.caller("editor");
    let id = editor.post("/customers", json!({"name": "Ann"})).await.expect(201).id();
    // An export of another caller goes on beside us, and tells the log when it is done.
    world.stack.settled().await;
    let before = world.commits().await;
    let answer = tried(caller, route, "customers", &id).await;
    let refused = match answer.status {
        401 => "401",
        403 => "403",
        // A workspace of one's own does not hold the record, which is no matter of rights.
        // Nor can everything be done at the desk whenever somebody may do it.
        status => {
            let now = status != 409 || route.function == edge::Function::OperatorCommands;
            let done = status < 300 || [404, 409].contains(&status);
            assert!(done && now, "{} {}: {status}", route.method, route.path);
            return "yes";
        }
    };
    assert_eq!(world.commits().await, before, "{} {}", route.method, route.path);
    refused
}

#[tokio::test]
async fn a_record_of_another_tenant_is_not_there_and_stays_as_it_is() {
    let world = World::start().await;
    let (editor, admin) = (world.caller("editor"), world.caller("admin"));
    let all: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).chain(["tenant-other"]).collect();
    let stranger = world.caller_with_claims(&access_claims("stranger", &all));
    for (plural, body) in
        [("customers", json!({"name": "Ann"})), ("todos", json!({"title": "Call Ann"}))]
    {
        let created = editor.post(&format!("/{plural}"), body).await.expect(201);
        let history = format!("/{plural}/{}/history", created.id());
        let before = (world.commits().await, admin.get(&history).await.expect(200).json());
        // The id of a flow is no record's: whoever asks for one finds what of it is their own.
        let of_records = |route: &&Route| {
            route.path.contains("{id}") && route.path != "/audit/correlations/{id}"
        };
        for route in ROUTES.iter().filter(of_records) {
            let answer = tried(&stranger, route, plural, &created.id()).await.expect(404);
            assert_eq!(answer.problem(), "not-found");
            let made_up = tried(&stranger, route, plural, "made-up").await.expect(404);
            assert_eq!(told(&answer), told(&made_up), "{} {}", route.method, route.path);
        }
        assert_eq!((world.commits().await, admin.get(&history).await.json()), before);
    }
}

/// All that an answer says but which request it was.
fn told(answer: &Answer) -> Value {
    let mut document = answer.json();
    document["trace_id"].take();
    document
}

#[tokio::test]
async fn a_person_is_not_shown_to_another_tenant() {
    let world = World::start().await;
    let editor = world.caller("editor");
    let person = editor.put("/me", json!({"display_name": "Edith"})).await.expect(201).id();
    world.caller("viewer").get(&format!("/people/{person}")).await.expect(200);
    world.caller("outsider").get(&format!("/people/{person}")).await.expect(404);
    world.caller("outsider").get(&format!("/people/{person}/history")).await.expect(404);
}

#[tokio::test]
async fn the_same_id_names_another_record_in_another_tenant() {
    let world = World::start().await;
    let (editor, outsider) = (world.caller("editor"), world.caller("outsider"));
    editor.post("/customers", json!({"id": "C-1", "name": "Ours"})).await.expect(201);
    outsider.post("/customers", json!({"id": "C-1", "name": "Theirs"})).await.expect(201);
    world.stack.settled().await;
    for (caller, name) in [(&editor, "Ours"), (&outsider, "Theirs")] {
        assert_eq!(caller.get("/customers/C-1").await.json()["name"], name);
        let list = caller.get("/customers").await.expect(200).json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        assert_eq!(list["items"][0]["name"], name);
        let counts = caller.get("/meta/counts").await.expect(200).json();
        assert_eq!(counts["customer"], json!({"active": 1}));
    }
}

#[tokio::test]
async fn whoever_has_no_tenant_works_in_a_workspace_of_their_own() {
    let world = World::start().await;
    let alone = world.caller_with_claims(&access_claims("alone", &[]));
    let other = world.caller_with_claims(&access_claims("other", &["admins"]));
    let record = alone.post("/todos", json!({"title": "Mine"})).await.expect(201);
    let path = format!("/todos/{}", record.id());
    alone.with("if-match", "\"1\"").patch(&path, json!({"title": "Still mine"})).await.expect(200);
    alone.get(&format!("{path}/history")).await.expect(200);
    alone.put("/me", json!({"display_name": "Al"})).await.expect(201);
    world.stack.settled().await;
    assert_eq!(alone.get("/todos").await.expect(200).json()["items"][0]["title"], "Still mine");
    for caller in [other, world.caller("admin")] {
        caller.get(&path).await.expect(404);
        assert_eq!(caller.get("/todos").await.expect(200).json()["items"], json!([]));
        caller.get("/people/alone").await.expect(404);
    }
}

#[tokio::test]
async fn everybody_who_has_signed_in_keeps_their_own_person_and_no_other() {
    let world = World::start().await;
    for name in ["viewer", "editor", "auditor", "operator", "admin"] {
        let caller = world.caller(name);
        let person = caller.put("/me", json!({"display_name": name})).await.expect(201);
        let sub = local::DEMO_PEOPLE.iter().find(|p| p.username == name).unwrap().sub;
        assert_eq!(person.id(), sub);
        assert_eq!(person.json()["owner"], sub);
    }
    let sub = local::DEMO_PEOPLE[0].sub;
    let named = json!({"id": sub, "display_name": "Mallory"});
    assert_eq!(
        world.caller("admin").put("/me", named).await.expect(400).problem(),
        "invalid-fields"
    );
    let shown = world.caller("admin").get(&format!("/people/{sub}")).await.expect(200);
    assert_eq!(shown.json()["display_name"], "viewer");
}

/// A stack behind its HTTP server, called as any client would.
struct Served {
    stack: Arc<Stack>,
    serving: local::Serving,
}

impl Served {
    async fn to(exposure: Exposure) -> Self {
        let settings = Settings::new(Data::Memory, "http://localhost:8080".to_owned());
        let stack = Arc::new(Stack::start(Settings { exposure, ..settings }).await.unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let serving = local::serve(listener, stack.clone()).unwrap();
        Self { stack, serving }
    }

    /// The status of a GET and its body.
    async fn get(&self, path: &str, token: Option<&str>) -> (u16, String) {
        let address = self.serving.address;
        let (url, token) = (format!("http://{address}{path}"), token.map(str::to_owned));
        let asked = move || {
            let agent: ureq::Agent =
                ureq::Agent::config_builder().http_status_as_error(false).build().into();
            let mut request = agent.get(url);
            if let Some(token) = token {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            let mut answer = request.call().unwrap();
            (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
        };
        tokio::task::spawn_blocking(asked).await.unwrap()
    }

    fn token(&self, username: &str) -> String {
        let person = local::DEMO_PEOPLE.iter().find(|p| p.username == username).unwrap();
        self.stack.gateway.identity.access_token(person).unwrap().0
    }
}

#[tokio::test]
async fn the_local_bus_is_shown_to_operators_and_admins_only() {
    let served = Served::to(Exposure::Loopback).await;
    assert_eq!(served.get("/local/bus", None).await.0, 401);
    assert_eq!(served.get("/local/bus", Some("forged.token.here")).await.0, 401);
    for name in ["viewer", "editor", "auditor", "outsider"] {
        assert_eq!(served.get("/local/bus", Some(&served.token(name))).await.0, 403, "{name}");
    }
    for name in ["operator", "admin"] {
        let (status, body) = served.get("/local/bus", Some(&served.token(name))).await;
        assert_eq!((status, body.as_str()), (200, r#"{"items":[]}"#), "{name}");
    }
    served.serving.stop().await.unwrap();
}

#[tokio::test]
async fn what_is_only_for_one_machine_is_not_there_for_others() {
    let served = Served::to(Exposure::Network).await;
    let token = served.token("operator");
    assert_eq!(served.get("/local/bus", Some(&token)).await.0, 404);
    assert_eq!(served.get("/oauth2/token", None).await.0, 404);
    assert_eq!(served.get("/api/v1/health", None).await.0, 200);
    served.serving.stop().await.unwrap();
}
