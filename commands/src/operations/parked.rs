//! Parked records: list them, have them tried again, accept one as it is.

use super::asked::Body;
use super::desk::Desk;
use super::shown::record_ref;
use edge::{Cursor, Kind, Problem, Reply, Served, filter_digest, store_problem};
use events::operation::{Acting, Verb};
use serde_json::{Map, Value, json};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use store::{ALL_VIEWS, Generation, Job, Parked, ParkedCause, RetryParked, Skip, StoreError};
use vocabulary::RecordKey;

/// The most errors that a page names.
const GROUPS_MAX: usize = 100;
/// How many entries are read at once.
const PAGE: usize = 1_000;
/// The longest error that can be asked for.
const ERROR_MAX: usize = 4_000;

/// A generation of a view.
type Place = (String, Generation);

impl Desk<'_> {
    /// `GET /operations/parked`: by view, generation and record, strongly consistent. One query for each
    /// generation that the page touches; the first page reads every entry, to count them by their errors.
    pub(super) async fn list_parked(&self) -> Served {
        self.call.query.only(&["view", "cursor", "limit"])?;
        let limit = self.call.query.limit()?;
        let view = self.call.query.get("view");
        if view.is_some_and(|view| !ALL_VIEWS.contains(&view)) {
            return Err(Problem::parameter("view", "must be the name of a view"));
        }
        let filter = filter_digest(&["parked", view.unwrap_or_default()]);
        let cursor = self.call.query.get("cursor").map(|text| Cursor::decode(text, &filter));
        let cursor = cursor.transpose()?;
        let places = self.kept_up(view).await?;
        let mut found = self.page(&places, cursor.as_ref(), limit + 1).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let groups = match cursor {
            None => self.groups(&places).await?,
            Some(_) => Vec::new(),
        };
        let items: Vec<Value> =
            found.iter().filter_map(|(place, parked)| self.shown_parked(place, parked)).collect();
        let mut page = Map::from_iter([("items".to_owned(), Value::Array(items))]);
        page.insert("groups".to_owned(), Value::Array(groups));
        if let Some(((view, generation), parked)) = found.last().filter(|_| more) {
            let position = format!("{view} {}", parked.record);
            let next = Cursor { generation: generation.number, filter, position };
            page.insert("next_cursor".to_owned(), next.encode().into());
        }
        Ok(Reply::json(200, page))
    }

    /// The generations that are kept up, of one view or of all, in a fixed order.
    async fn kept_up(&self, view: Option<&str>) -> Result<Vec<Place>, Problem> {
        let views = self.store().views().await.map_err(|error| store_problem(&error))?;
        let mut places: Vec<Place> = views
            .iter()
            .filter(|entry| view.is_none_or(|view| entry.view == view))
            .flat_map(|entry| entry.live().map(|generation| (entry.view.clone(), generation)))
            .collect();
        places.sort_by(|one, other| order(one).cmp(&order(other)));
        Ok(places)
    }

    /// Entries after a place, at most `limit`.
    async fn page(
        &self,
        places: &[Place],
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Vec<(Place, Parked)>, Problem> {
        let start = match cursor {
            None => None,
            Some(cursor) => {
                let parts = cursor.position.split_once(' ');
                let (view, record) = parts.ok_or_else(|| Problem::new(Kind::InvalidCursor))?;
                Some((view, cursor.generation, record))
            }
        };
        let mut found = Vec::new();
        for place in places {
            let at = order(place);
            let mut after = match start {
                Some((view, number, _)) if at < (view, number) => continue,
                Some((view, number, record)) if at == (view, number) => Some(record.to_owned()),
                Some(_) | None => None,
            };
            while found.len() < limit {
                let wanted = limit - found.len();
                let more = self.parked_after(place, after.as_deref(), wanted).await?;
                let Some(last) = more.last() else { break };
                after = Some(last.record.clone());
                found.extend(more.into_iter().map(|parked| (place.clone(), parked)));
            }
        }
        Ok(found)
    }

    async fn parked_after(
        &self,
        (view, generation): &Place,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Parked>, Problem> {
        let parked = self.store().parked_after(view, *generation, after, limit).await;
        parked.map_err(|error| store_problem(&error))
    }

    /// How many records stopped with each error, the most frequent first.
    async fn groups(&self, places: &[Place]) -> Result<Vec<Value>, Problem> {
        let mut errors: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        self.each(places, |parked| {
            errors.entry(parked.error).or_default().insert(parked.record);
        })
        .await?;
        let mut groups: Vec<(usize, String)> =
            errors.into_iter().map(|(error, records)| (records.len(), error)).collect();
        groups.sort_by_key(|(records, _)| Reverse(*records));
        groups.truncate(GROUPS_MAX);
        let told = |(records, error)| json!({ "error": error, "records": records });
        Ok(groups.into_iter().map(told).collect())
    }

    /// Looks at every entry.
    async fn each(&self, places: &[Place], mut look: impl FnMut(Parked)) -> Result<(), Problem> {
        for place in places {
            let mut after: Option<String> = None;
            loop {
                let page = self.parked_after(place, after.as_deref(), PAGE).await?;
                let Some(last) = page.last() else { break };
                after = Some(last.record.clone());
                page.into_iter().for_each(&mut look);
            }
        }
        Ok(())
    }

    /// `POST /operations/parked/retry`: one record, all of an error, or all, skipped ones included. A worker
    /// tries them; each leaves the list when its row is whole.
    pub(super) async fn retry_parked(&self) -> Served {
        let mut body = Body::of(self.call)?;
        let reason = body.reason();
        let view = view_of(&mut body);
        let record = body.record("record");
        let error = body.text("error", ERROR_MAX);
        if record.is_some() && error.is_some() {
            body.wrong("error", "cannot be given with `record`");
        }
        body.finish()?;
        let places = self.kept_up(view.as_deref()).await?;
        let record = record.map(|key| key.pk());
        let mut records: BTreeSet<String> = BTreeSet::new();
        let wanted = |parked: &Parked| {
            record.as_ref().is_none_or(|record| parked.record == *record)
                && error.as_ref().is_none_or(|error| parked.error == *error)
        };
        let mut look = |parked: Parked| {
            if wanted(&parked) {
                records.insert(parked.record);
            }
        };
        match &record {
            Some(record) => self.look_at(&places, record, &mut look).await?,
            None => self.each(&places, &mut look).await?,
        }
        let plan = async || {
            let subject = record.clone().or(error.clone());
            Ok(Acting { view: view.clone(), subject, ..Acting::new(Verb::Retry) })
        };
        let did = self
            .act(&reason, plan, async |_| {
                for (view, generation) in &places {
                    let order = RetryParked {
                        view: view.clone(),
                        generation: generation.number,
                        record: record.clone(),
                        error: error.clone(),
                        asked_at: self.call.now,
                        after: None,
                    };
                    self.tell(&Job::Retry(order)).await?;
                }
                Ok(())
            })
            .await?;
        Ok(did.told(Reply::json(202, json!({ "records": records.len() }))))
    }

    /// Looks at the entries of one record.
    async fn look_at(
        &self,
        places: &[Place],
        record: &str,
        look: &mut impl FnMut(Parked),
    ) -> Result<(), Problem> {
        for (view, generation) in places {
            let parked = self.store().parked_record(view, *generation, record).await;
            parked.map_err(|error| store_problem(&error))?.into_iter().for_each(&mut *look);
        }
        Ok(())
    }

    /// `POST /operations/parked/skip`: accepts a record as it is parked, in every generation of the view
    /// that is kept up. It is shown as stale as before.
    pub(super) async fn skip_parked(&self) -> Served {
        let mut body = Body::of(self.call)?;
        let reason = body.reason();
        let view = view_of(&mut body);
        let record = body.record("record");
        if view.is_none() {
            body.wrong("view", "must be the name of a view");
        }
        if record.is_none() {
            body.wrong("record", "must be a record: its `tenant`, `type` and `id`");
        }
        body.finish()?;
        let (view, record) = (view.unwrap_or_default(), record.map(|key| key.pk()));
        let record = record.unwrap_or_default();
        let places = self.kept_up(Some(&view)).await?;
        let plan = async || {
            let mut found = false;
            self.look_at(&places, &record, &mut |_| found = true).await?;
            let subject = Some(record.clone());
            let acting = Acting { view: Some(view.clone()), subject, ..Acting::new(Verb::Skip) };
            found.then_some(acting).ok_or_else(not_parked)
        };
        let skip = async |_: &Acting| {
            let mut skipped = false;
            for (view, generation) in &places {
                let by = (self.call.now, &self.caller.actor, reason.as_str());
                let done = self.store().skip(view, *generation, &record, by).await;
                let done = done.map_err(|error: StoreError| store_problem(&error))?;
                skipped |= matches!(done, Skip::Done(_));
            }
            skipped.then_some(()).ok_or_else(not_parked)
        };
        let did = self.act(&reason, plan, skip).await?;
        let mut shown = None;
        for place in &places {
            let parked = self.store().parked_record(&place.0, place.1, &record).await;
            let parked = parked.map_err(|error| store_problem(&error))?;
            shown = shown.or(parked.and_then(|parked| self.shown_parked(place, &parked)));
        }
        Ok(did.told(Reply::json(200, shown.ok_or_else(not_parked)?)))
    }

    fn shown_parked(&self, (view, generation): &Place, parked: &Parked) -> Option<Value> {
        let key = RecordKey::from_pk(&parked.record).ok()?;
        let own = &self.caller.tenant;
        let record = record_ref(Some(&key.tenant), key.record_type.as_str(), key.id.as_str(), own);
        let cause = match parked.cause {
            ParkedCause::Poison => "poison",
            ParkedCause::NewerBuild => "newer_build",
        };
        let mut told = json!({
            "view": view, "generation": generation.number, "tenant": key.tenant.as_str(),
            "record": record, "version": parked.version.get(), "cause": cause,
            "error": parked.error, "tries": parked.tries, "first_at": parked.first_at.to_string(),
            "last_at": parked.last_at.to_string(), "build": parked.build,
        });
        let skipped = parked.skipped.as_ref().filter(|_| parked.is_skipped());
        if let (Some(skipped), Some(told)) = (skipped, told.as_object_mut()) {
            let (at, by) = (skipped.at.to_string(), skipped.by.id.as_str());
            told.insert(
                "skipped".to_owned(),
                json!({"at": at, "by": by, "reason": skipped.reason}),
            );
        }
        Some(told)
    }
}

fn order((view, generation): &Place) -> (&str, u32) {
    (view, generation.number)
}

fn not_parked() -> Problem {
    Problem::new(Kind::NotFound).detail("the record is not parked in this view")
}

/// The name of a view in the body, where it is given.
fn view_of(body: &mut Body) -> Option<String> {
    const VIEW_MAX: usize = 40;
    let view = body.text("view", VIEW_MAX)?;
    if !ALL_VIEWS.contains(&view.as_str()) {
        body.wrong("view", "must be the name of a view");
    }
    Some(view)
}
