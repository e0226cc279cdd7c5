//! What is different between two versions of a record.

use crate::as_of::Moment;
use crate::{Queries, unloaded};
use edge::{Call, Kind, Problem, Reply, Served};
use events::Registered;
use serde_json::{Map, Value, json};
use store::{Change, Folded, changes};
use vocabulary::RecordKey;

/// The media type of a JSON Patch (RFC 6902, section 6).
const PATCH: &str = "application/json-patch+json";

/// One side of a comparison.
#[derive(Debug, Clone, Copy)]
enum Side {
    /// Before the record existed.
    Nothing,
    Then(Moment),
    Now,
}

impl Queries {
    /// `GET /{plural}/{id}/diff`: strongly consistent. Each side costs what reading the record as it was
    /// costs, see [`Queries::as_of`].
    pub(crate) async fn diff(&self, call: &Call) -> Served {
        let (of, _caller, key) = self.named(call)?;
        call.query.only(&["from", "from_at", "to", "to_at"])?;
        let missing = || Problem::parameter("from", "is needed, or `from_at`");
        let from = side(call, ("from", "from_at"))?.ok_or_else(missing)?;
        let to = side(call, ("to", "to_at"))?.unwrap_or(Side::Now);
        let from = self.state(of, &key, from).await?;
        let to = self.state(of, &key, to).await?;
        if from.is_none() && to.is_none() {
            // Nothing became nothing; of a record that is there at all?
            self.is_there(&key).await?;
        }
        let fields = |side: &Option<Folded>| side.as_ref().map(Folded::fields).unwrap_or_default();
        let changes = changes(&fields(&from), &fields(&to));
        if wants_patch(call)? {
            let operations = changes.iter().map(Change::operation).collect::<Value>();
            return Ok(Reply::json_of(200, PATCH, operations).header("vary", "accept"));
        }
        let diff =
            json!({"from": named(from.as_ref()), "to": named(to.as_ref()), "changes": changes});
        Ok(Reply::json(200, diff).header("vary", "accept"))
    }

    /// The record at one side; `None` before it existed.
    async fn state(
        &self,
        of: Registered,
        key: &RecordKey,
        side: Side,
    ) -> Result<Option<Folded>, Problem> {
        match side {
            Side::Nothing => Ok(None),
            Side::Then(moment) => match self.reached(key, moment).await? {
                Some(version) => self.at_version(of, key, version).await.map(Some),
                None => Ok(None),
            },
            Side::Now => {
                let loaded = self.store.load(of, key).await.map_err(|error| unloaded(&error))?;
                let nothing = || Problem::new(Kind::NotFound);
                loaded.map(|record| Some(record.folded)).ok_or_else(nothing)
            }
        }
    }
}

/// The side that two parameters name; version 0 is before there was anything.
fn side(call: &Call, (version, at): (&str, &str)) -> Result<Option<Side>, Problem> {
    if call.query.get(version) == Some("0") {
        call.query.one_of(&[version, at])?;
        return Ok(Some(Side::Nothing));
    }
    Ok(Moment::of(call, (version, at))?.map(Side::Then))
}

fn named(side: Option<&Folded>) -> Map<String, Value> {
    let mut named = Map::new();
    named.insert("version".to_owned(), side.map_or(0, |folded| folded.version().get()).into());
    if let Some(folded) = side {
        named.insert("recorded_at".to_owned(), folded.changed().at.to_string().into());
    }
    named
}

/// Whether the caller prefers a JSON Patch to our own form (RFC 9110, section 12.5.1). Who names
/// neither gets ours.
fn wants_patch(call: &Call) -> Result<bool, Problem> {
    let accepted = call.headers.get("accept")?.unwrap_or_default();
    let weight = |name: &str| accepted.split(',').find_map(|range| weight_of(range, name));
    let patch = weight(PATCH).unwrap_or(0);
    Ok(patch > 0 && patch >= weight("application/json").unwrap_or(0))
}

/// The weight that a media range gives to this type, in thousandths.
fn weight_of(range: &str, name: &str) -> Option<u32> {
    let mut parts = range.split(';').map(str::trim);
    if !parts.next().is_some_and(|of| of.eq_ignore_ascii_case(name)) {
        return None;
    }
    let Some(weight) = parts.find_map(|part| part.strip_prefix("q=")) else { return Some(1_000) };
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    let thousandths = format!("{decimals:0<3}").parse::<u32>().unwrap_or(0).min(999);
    Some(if whole == "1" { 1_000 } else { thousandths })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_range_has_a_weight() {
        assert_eq!(weight_of("application/json", "application/json"), Some(1_000));
        assert_eq!(weight_of(" application/JSON; q=0.5", "application/json"), Some(500));
        assert_eq!(weight_of("application/json;q=1.0", "application/json"), Some(1_000));
        assert_eq!(weight_of("application/json;q=0", "application/json"), Some(0));
        assert_eq!(weight_of("text/html", "application/json"), None);
    }
}
