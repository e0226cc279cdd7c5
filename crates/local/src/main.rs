//! `annals-local`: Annals whole on this machine.
//!
//! `PORT` (8080), `DATA` (a folder, `./data`; `:memory:` keeps nothing), `DURABILITY` (`full`, each
//! write waits for the disk; `normal`), `HOST` (127.0.0.1; another address starts without demo
//! people), `FRONTEND` (the folder of the built screens, `frontend/dist`), `LOG` (what to log, `warn`),
//! `STREAM_LOSS` (0; so many of a thousand stream records never arrive, to see what people see while
//! views are behind), `CLOCK_BEHIND` (0; so many minutes the clock is behind, to fill a folder with what
//! happened last week), `DYNAMODB_PORT` (none; where the AWS CLI, table browsers and `annals log` find the
//! tables, with the key that is said at the start), `EVENTS_TABLE` (`annals-events`; a restored or imported one
//! that takes its place).

use anyhow::{Context, bail};
use engine::Durability;
use engine::mapping::Chaos;
use local::{
    DEMO_PASSWORD, DEMO_PEOPLE, Data, Exposure, Serving, Settings, Stack, TablesKey, serve,
    serve_tables,
};
use std::io::Write;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use store::Clock;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// How long requests under way are waited for at the end.
const STOP_MAX: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody reads an error that cannot be written.
            drop(writeln!(std::io::stderr(), "annals-local: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_env("LOG").unwrap_or_else(|_unset| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let port: u16 = setting("PORT", "8080").parse().context("PORT must be a number up to 65535")?;
    let host: IpAddr =
        setting("HOST", "127.0.0.1").parse().context("HOST must be an IP address")?;
    let listener = TcpListener::bind((host, port)).await.with_context(|| {
        format!("port {port} of {host} cannot be used; choose another with PORT=")
    })?;
    let port = listener.local_addr()?.port();
    let exposure = if host.is_loopback() { Exposure::Loopback } else { Exposure::Network };
    let durability = match setting("DURABILITY", "full").as_str() {
        "full" => Durability::Full,
        "normal" => Durability::Normal,
        other => bail!("DURABILITY must be `full` or `normal`, not `{other}`"),
    };
    let data = match setting("DATA", "data").as_str() {
        ":memory:" => Data::Memory,
        folder => Data::Folder(PathBuf::from(folder)),
    };
    let address = format!("http://localhost:{port}");
    let frontend = PathBuf::from(setting("FRONTEND", "frontend/dist"));
    let chaos = Chaos { drop_per_mille: stream_loss()?, ..Chaos::default() };
    let settings = Settings::new(data.clone(), address.clone());
    let clock = clock()?;
    let events_table = setting("EVENTS_TABLE", &settings.events_table);
    let settings =
        Settings { durability, exposure, frontend, chaos, clock, events_table, ..settings };
    let stack = Arc::new(Stack::start(settings).await?);
    let serving = serve(listener, stack.clone())?;
    announce(&address, &data, exposure)?;
    let tables = shown_tables(&stack).await?;
    asked_to_stop().await?;
    drop(tables);
    // Requests under way are answered, but nobody is waited for that long; what was acknowledged is
    // on the disk anyway.
    match tokio::time::timeout(STOP_MAX, serving.stop()).await {
        Ok(outcome) => outcome?,
        Err(_elapsed) => return Ok(()),
    }
    // All requests are answered, so nobody else holds the stack.
    if let Some(stack) = Arc::into_inner(stack) {
        stack.stop().await?;
    }
    Ok(())
}

/// The port at which other programs of this machine find the tables, where one was asked for.
async fn shown_tables(stack: &Stack) -> anyhow::Result<Option<Serving>> {
    let port = setting("DYNAMODB_PORT", "");
    if port.is_empty() {
        return Ok(None);
    }
    let port: u16 = port.parse().context("DYNAMODB_PORT must be a number up to 65535")?;
    let listener = TcpListener::bind((IpAddr::from([127, 0, 0, 1]), port)).await;
    let listener = listener.with_context(|| format!("port {port} cannot be used for tables"))?;
    let key = TablesKey::random()?;
    let serving = serve_tables(listener, stack.engine.clone(), key.clone())?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "Tables: AWS_ENDPOINT_URL_DYNAMODB=http://{} AWS_REGION=local AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY=any",
        serving.address,
        key.as_str()
    )?;
    out.flush()?;
    Ok(Some(serving))
}

fn stream_loss() -> anyhow::Result<u32> {
    match setting("STREAM_LOSS", "0").parse() {
        Ok(per_mille) if per_mille <= 1_000 => Ok(per_mille),
        Ok(_) | Err(_) => bail!("STREAM_LOSS must be a number up to 1000"),
    }
}

/// The machine's clock, or one that is behind it by what `CLOCK_BEHIND` says.
fn clock() -> anyhow::Result<Clock> {
    let told = setting("CLOCK_BEHIND", "0");
    let minutes: u32 = told.parse().context("CLOCK_BEHIND must be a number of minutes")?;
    let (system, behind_ms) = (Clock::system(), i64::from(minutes) * 60_000);
    Ok(Clock::new(move || system.now().plus_millis(-behind_ms)))
}

fn setting(name: &str, default: &str) -> String {
    std::env::var(name).ok().filter(|value| !value.is_empty()).unwrap_or_else(|| default.to_owned())
}

fn announce(address: &str, data: &Data, exposure: Exposure) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "Annals is at {address}, its API at {address}/api/v1")?;
    match data {
        Data::Memory => writeln!(out, "Data: in memory, gone when it ends")?,
        Data::Folder(folder) => writeln!(out, "Data: {}", folder.display())?,
    }
    if exposure == Exposure::Loopback {
        writeln!(out, "People (password `{DEMO_PASSWORD}`):")?;
        for person in DEMO_PEOPLE {
            writeln!(out, "  {:<9} {}", person.username, person.groups.join(", "))?;
        }
        writeln!(
            out,
            "Token: curl -s {address}/oauth2/token -d grant_type=password -d client_id=annals-web -d username=editor -d password={DEMO_PASSWORD}"
        )?;
    }
    writeln!(out, "Ctrl-C ends it.")?;
    out.flush()
}

/// Ctrl-C, or the signal that service managers send.
async fn asked_to_stop() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            outcome = tokio::signal::ctrl_c() => outcome,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
