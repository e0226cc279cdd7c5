//! The view `audit`: every commit of a tenant, by day, by actor and by flow.
//!
//! A view with many rows per record: the rows of commits are written first, their content being a function
//! of their keys; the record's cursor row with the folded state is written last and under its condition. So
//! duplicates, crashes and parallel batches change nothing here either, and rows need no condition.

mod ghosts;
mod rows;

pub use rows::{AuditCursor, CommitList, CommitRow, Span, commit_place};
pub(crate) use rows::{LISTS, list_of};

use crate::ahead::Look;
use crate::parking::made;
use crate::projector::{Projector, Step, Work, retried};
use crate::views::{AUDIT, row_key};
use events::Registered;
use rows::days_of;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use store::{
    Damaged, Expectation, Folded, Generation, Order, Pulled, Recorded, RowKey, StoreError,
    StoredItem, Stuck, Table, WriteOne, Written, leaves,
};
use vocabulary::{CommitId, Instant, RecordKey, Version};

/// Commits of the log that are read, folded and written before the cursor moves.
const PAGE: usize = 100;

/// How far a record has been followed, and by which way.
#[derive(Debug)]
pub(crate) struct Way {
    generation: Generation,
    /// The cursor row as it was read or written last.
    cursor: Option<AuditCursor>,
    /// The state that it is at; `None` before the first commit.
    state: Option<Folded>,
    /// Where rows may stand that are of another log.
    ghosts: Option<Span>,
}

/// Commits that fold on, with all that is written for them.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// Three for each commit, one in each list of [`LISTS`].
    pub(crate) rows: Vec<CommitRow>,
    pub(crate) days: BTreeSet<RowKey>,
    pub(crate) state: Option<Folded>,
    pub(crate) stuck: Option<Stuck>,
}

/// Where the work on a record's commits begins in one generation.
#[derive(Debug, Default)]
pub(crate) struct AuditStart {
    look: Look<AuditCursor>,
    /// The page of the batch's commits, of which the rows stand already.
    told: Option<(Way, Page)>,
}

impl From<Look<AuditCursor>> for AuditStart {
    fn from(look: Look<AuditCursor>) -> Self {
        Self { look, told: None }
    }
}

impl AuditStart {
    /// The page of the commits that follow on the cursor without a gap, to be written before the work begins;
    /// none where the log has to be asked, and where there is nothing to do.
    pub(crate) fn plan(&mut self, work: &Work<'_>, generation: Generation) -> Option<&mut Page> {
        let Look::Read(cursor) = &self.look else { return None };
        let mut way = Way { generation, cursor: None, state: None, ghosts: None };
        if let Some(cursor) = cursor {
            let state = cursor.folded(work.of, work.key)?;
            let is_whole = cursor.stale_at.is_none() && cursor.ghosts.is_none();
            let goes_on = cursor.version < work.hint.version;
            if !is_whole || !goes_on {
                return None;
            }
            way.state = Some(state);
            way.cursor = Some(cursor.clone());
        }
        let page = told_of_batch(work, &way)?;
        Some(&mut self.told.insert((way, page)).1)
    }

    /// Nothing was written: the work begins as if nothing had been planned.
    pub(crate) fn forget(&mut self) {
        self.told = None;
    }
}

impl Projector {
    /// Pulls the rows of one record to its head in one generation. What fails for good is parked there and
    /// nowhere else.
    ///
    /// # Errors
    /// [`StoreError`] for what passes.
    pub(crate) async fn project_audit(
        &self,
        work: &Work<'_>,
        generation: Generation,
        mut start: AuditStart,
    ) -> Result<(), StoreError> {
        let step = || self.step_audit(work, generation, std::mem::take(&mut start));
        match retried(step).await {
            Err(error) if !error.is_passing() => {
                let stuck = Stuck::refused(work.hint.version, &error);
                self.park(AUDIT, generation, work.key, &stuck).await
            }
            outcome => outcome,
        }
    }

    /// One step from where it begins.
    async fn step_audit(
        &self,
        work: &Work<'_>,
        generation: Generation,
        start: AuditStart,
    ) -> Result<Step<()>, StoreError> {
        if let Some((mut way, page)) = start.told {
            return self.write_page(work, &mut way, page, Rest::Nothing).await;
        }
        let cursor = start.look.row(self, Table::Audit, &row_key(generation, work.key)).await?;
        let Some(cursor) = cursor else {
            let way = Way { generation, cursor: None, state: None, ghosts: None };
            return self.go_on(work, way).await;
        };
        let state = cursor.folded(work.of, work.key);
        if state.is_some() && work.hint.contradicts(cursor.version, cursor.hash) {
            return self.begin_again(work, generation, cursor, true).await;
        }
        let Some(state) = state else {
            return self.begin_again(work, generation, cursor, false).await;
        };
        let is_whole = cursor.stale_at.is_none() && cursor.ghosts.is_none();
        if is_whole && work.hint.is_known_to(cursor.version, cursor.hash) {
            return Ok(Step::Done(()));
        }
        let ghosts = cursor.ghosts;
        let way = Way { generation, cursor: Some(cursor), state: Some(state), ghosts };
        self.go_on(work, way).await
    }

    /// Follows the record from its first commit, because another fold followed it so far, or another log.
    async fn begin_again(
        &self,
        work: &Work<'_>,
        generation: Generation,
        cursor: AuditCursor,
        contradicted: bool,
    ) -> Result<Step<()>, StoreError> {
        let pulled = self.store.pull(work.of, work.key, None).await?;
        let head = pulled.folded.as_ref().map(Folded::head);
        let behind = head.is_some_and(|head| head.version < cursor.version);
        if head.is_none() || (behind && pulled.stuck.is_some() && !contradicted) {
            // Rows never go back for what this build cannot fold: a newer one could.
            let was_stale = cursor.stale_at.is_some();
            self.settle(AUDIT, generation, work, &pulled, was_stale).await?;
            return Ok(Step::Done(()));
        }
        let other =
            head.is_some_and(|head| head.version == cursor.version && head.hash != cursor.hash);
        let mut ghosts = cursor.ghosts;
        if contradicted || behind || other {
            self.raise_divergence(AUDIT, work.key, Some(cursor.version)).await?;
            ghosts = ghosts.or(cursor.span());
        }
        let way = Way { generation, cursor: Some(cursor), state: None, ghosts };
        self.follow_log(work, way).await
    }

    /// Follows the commits of the batch if they go on without a gap, else the log itself.
    async fn go_on(&self, work: &Work<'_>, mut way: Way) -> Result<Step<()>, StoreError> {
        if let Some(page) = way.ghosts.is_none().then(|| told_of_batch(work, &way)).flatten() {
            return self.write_page(work, &mut way, page, Rest::Nothing).await;
        }
        self.report.repaired.fetch_add(1, Ordering::Relaxed);
        self.follow_log(work, way).await
    }

    /// Follows the log to its head, page by page, each with its rows first and the cursor after them.
    async fn follow_log(&self, work: &Work<'_>, mut way: Way) -> Result<Step<()>, StoreError> {
        // The first page begins with the commit that the cursor claims to have followed last.
        let mut to_confirm = way.state.as_ref().map(Folded::head);
        loop {
            let reached = way.state.as_ref().map(Folded::version);
            let next = match (&to_confirm, reached) {
                (Some(head), _) => head.version,
                (None, reached) => reached.map_or(Version::FIRST, Version::next),
            };
            let range = (next, Version::LAST);
            let read = self.store.commits(work.key, range, Order::Ascending, PAGE).await?;
            let mut commits = read.iter();
            if let Some(head) = to_confirm.take() {
                let first = commits.next();
                let same = first.and_then(|first| first.as_ref().ok()).map(Recorded::hash);
                if same != Some(head.hash) {
                    let Some(cursor) = way.cursor else { return Ok(Step::Overtaken) };
                    // On the heap, because the way begins again at most once.
                    return Box::pin(self.begin_again(work, way.generation, cursor, true)).await;
                }
            }
            let rest = if read.len() == PAGE { Rest::Log } else { Rest::Nothing };
            let page = told_of_log(work, way.generation, way.state.clone(), commits, next);
            let rest = if page.stuck.is_some() { Rest::Nothing } else { rest };
            let step = self.write_page(work, &mut way, page, rest).await?;
            if rest == Rest::Nothing || matches!(step, Step::Overtaken) {
                return Ok(step);
            }
        }
    }

    /// Writes the rows of a page, then the cursor, and at the end settles what is parked.
    async fn write_page(
        &self,
        work: &Work<'_>,
        way: &mut Way,
        page: Page,
        rest: Rest,
    ) -> Result<Step<()>, StoreError> {
        let Page { rows, days, state, mut stuck } = page;
        let was_stale = way.cursor.as_ref().is_some_and(|cursor| cursor.stale_at.is_some());
        let first = rows.first().map(|row| row.version);
        match self.put_page(&rows, days).await {
            Ok(()) => way.state = state,
            Err(error) if error.is_passing() => return Err(error),
            // The cursor stays where the page began.
            Err(error) => {
                stuck = Some(Stuck::refused(first.unwrap_or(work.hint.version), &error));
            }
        }
        if rest == Rest::Nothing
            && stuck.is_none()
            && let Some(span) = way.ghosts
        {
            self.remove_ghosts(way.generation, work.key, span).await?;
            way.ghosts = None;
        }
        if let Some(folded) = &way.state {
            let stale_at = stuck.as_ref().map(|stuck| stuck.version);
            let new =
                AuditCursor::of(way.generation, folded, stale_at, way.ghosts).map_err(|error| {
                    StoreError::Unreadable { attempt: "writing a cursor", source: error.into() }
                })?;
            if let Written::Overtaken = self.put_cursor(way, new).await? {
                return Ok(Step::Overtaken);
            }
        }
        if rest == Rest::Nothing {
            let pulled = Pulled { folded: way.state.clone(), stuck, diverged: false };
            self.settle(AUDIT, way.generation, work, &pulled, was_stale).await?;
        }
        Ok(Step::Done(()))
    }

    /// An instant before which no commit of a record is missing, as far as that can be told of one that
    /// cannot be followed: its last commit that was, or its first one.
    pub(crate) async fn audited_before(
        &self,
        generation: Generation,
        key: &RecordKey,
    ) -> Result<Option<Instant>, StoreError> {
        #[derive(Deserialize)]
        struct Text {
            at: Instant,
        }
        let at = row_key(generation, key);
        let cursor: Option<AuditCursor> = self.store.row(Table::Audit, &at).await?;
        if let Some(span) = cursor.and_then(|cursor| cursor.span()) {
            return Ok(Some(span.to));
        }
        let first = self.store.stored(key, None, None, 1).await?.pop();
        let Some(StoredItem { e, c, .. }) = first else { return Ok(None) };
        let text: Option<Text> = e.and_then(|text| serde_json::from_str(&text).ok());
        let minted = c.and_then(|id| CommitId::parse(&id).ok()).map(CommitId::minted_at);
        Ok(text.map(|text| text.at).or(minted))
    }

    pub(crate) async fn put_page(
        &self,
        rows: &[CommitRow],
        days: BTreeSet<RowKey>,
    ) -> Result<(), StoreError> {
        // A day is named before it holds anything: what is written can always be found.
        self.store.put_keys(Table::Audit, days).await?;
        self.store.put_rows(Table::Audit, rows).await
    }

    async fn put_cursor(&self, way: &mut Way, new: AuditCursor) -> Result<Written, StoreError> {
        if way.cursor.as_ref() == Some(&new) {
            return Ok(Written::Done);
        }
        let expected = way
            .cursor
            .as_ref()
            .map_or(Expectation::Absent, |cursor| Expectation::Marked(cursor.marks()));
        let written = self.store.put_row(Table::Audit, WriteOne { row: &new, expected }).await?;
        if written == Written::Done {
            self.report.written.fetch_add(1, Ordering::Relaxed);
            way.cursor = Some(new);
        }
        Ok(written)
    }
}

/// What comes after a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// More of the log.
    Log,
    /// Nothing: the record is followed to its head, or to what does not fold.
    Nothing,
}

/// The rows that commits of one record have in the list of all commits, computed as the projector does:
/// `state` is what they follow. Where one does not fold, it and those after it are told without the fields
/// that they changed, and of no fold.
pub fn commit_rows(
    of: Registered,
    generation: Generation,
    state: Option<Folded>,
    commits: &[&Recorded],
) -> Vec<CommitRow> {
    let page = told(of, generation, state, commits.iter().copied());
    let mut rows: Vec<CommitRow> = page.rows.into_iter().step_by(3).collect();
    for commit in commits.iter().skip(rows.len()) {
        let [row, _, _] = CommitRow::of(generation, commit, "", &[]);
        rows.push(row);
    }
    rows
}

/// Folds commits on, as far as they fold.
fn told<'a>(
    of: Registered,
    generation: Generation,
    state: Option<Folded>,
    commits: impl Iterator<Item = &'a Recorded>,
) -> Page {
    let mut before = state.as_ref().map(values).unwrap_or_default();
    let mut page = Page { state, ..Page::default() };
    let fold = of.fingerprint.to_string();
    for commit in commits {
        match folded(of, page.state.as_ref(), commit) {
            Ok((state, after)) => {
                let paths = changed(&before, &after);
                page.rows.extend(CommitRow::of(generation, commit, &fold, &paths));
                page.days.extend(days_of(generation, commit));
                page.state = Some(state);
                before = after;
            }
            Err(stuck) => {
                page.stuck = Some(stuck);
                break;
            }
        }
    }
    page
}

/// The same with those commits of the batch that the record has not reached; none unless they lead to the
/// head: only the log decides what is poison.
fn told_of_batch(work: &Work<'_>, way: &Way) -> Option<Page> {
    let reached = way.state.as_ref().map_or(0, |state| state.version().get());
    let fresh = work.hint.commits.iter().filter(|commit| commit.version().get() > reached);
    let page = told(work.of, way.generation, way.state.clone(), fresh);
    let at_head = page.state.as_ref().map(Folded::version) >= Some(work.hint.version);
    (page.stuck.is_none() && at_head && !page.rows.is_empty()).then_some(page)
}

/// The same with commits of the log, of which one may be damaged.
pub(crate) fn told_of_log<'a>(
    work: &Work<'_>,
    generation: Generation,
    state: Option<Folded>,
    commits: impl Iterator<Item = &'a Result<Recorded, Damaged>>,
    next: Version,
) -> Page {
    let mut damaged = None;
    let whole = commits.map_while(|commit| match commit {
        Ok(commit) => Some(commit),
        Err(error) => {
            let version = Version::new(error.rev).unwrap_or(next);
            damaged = Some(Stuck::damaged(version, &error.source));
            None
        }
    });
    let mut page = told(work.of, generation, state, whole);
    page.stuck = page.stuck.or(damaged);
    page
}

/// The values of a record's fields by their paths, groups resolved: `/address/city`.
type Values = BTreeMap<String, Value>;

fn values(folded: &Folded) -> Values {
    leaves(&folded.fields()).into_iter().collect()
}

/// The fields that have another value, got one or lost it, by their paths.
fn changed(before: &Values, after: &Values) -> Vec<String> {
    let mut paths: Vec<String> = after
        .iter()
        .filter(|(path, value)| before.get(*path) != Some(value))
        .map(|(path, _)| path.clone())
        .collect();
    paths.extend(before.keys().filter(|path| !after.contains_key(*path)).cloned());
    paths.sort();
    paths
}

/// One commit more, and the values after it.
fn folded(
    of: Registered,
    state: Option<&Folded>,
    commit: &Recorded,
) -> Result<(Folded, Values), Stuck> {
    let mut next = state.cloned();
    Folded::fold(&mut next, of, commit).map_err(|failure| Stuck::failed(&failure))?;
    let Some(next) = next else {
        // A fold that went well leaves a state.
        return Err(Stuck {
            version: commit.version(),
            cause: store::Cause::Event,
            error: "the commit left no state".to_owned(),
        });
    };
    let after = made(&next, || values(&next))?;
    Ok((next, after))
}
