//! The operations of the desk, one line each.

use super::{Act, Form, Line};
use crate::DeskOperation as D;

/// All of them.
pub(super) const TABLE: &[Line] = &[
    Line {
        operation: D::ListViews,
        id: "list_views",
        summary: "List the views",
        about: "Every view with its generations, how far it is behind, what is parked, and \
                what can be done with it now.",
        form: Form::All("Views"),
    },
    Line {
        operation: D::ReadView,
        id: "read_view",
        summary: "How is a view?",
        about: "A view with its generations, how far it is behind, what is parked, and what \
                can be done with it now.",
        form: Form::One("View", Some("View")),
    },
    Line {
        operation: D::RebuildView,
        id: "rebuild_view",
        summary: "Rebuild a view",
        about: "Builds a new generation from the whole log beside the active one, which goes \
                on serving, and verifies it. With `dry_run` it is compared with the active one \
                and thrown away.",
        form: Form::Act(Act {
            body: "RebuildRequest",
            parameter: Some("View"),
            answer: "Rebuild",
            at_once: false,
            begins: true,
        }),
    },
    Line {
        operation: D::VerifyView,
        id: "verify_view",
        summary: "Verify a view",
        about: "Holds the rows of the generation that is being built, else of the active one, \
                against a fresh fold of the log. A sample can find faults; it cannot show that \
                there are none, and nothing is promoted on its word.",
        form: Form::Act(Act {
            body: "VerifyRequest",
            parameter: Some("View"),
            answer: "Rebuild",
            at_once: false,
            begins: true,
        }),
    },
    Line {
        operation: D::PromoteView,
        id: "promote_view",
        summary: "Promote the new generation",
        about: "Queries read the verified generation from now on; the one before stays warm, \
                so that this can be undone. With `force`, also one that is not verified.",
        form: Form::Act(Act {
            body: "PromoteRequest",
            parameter: Some("View"),
            answer: "View",
            at_once: true,
            begins: false,
        }),
    },
    Line {
        operation: D::RollBackView,
        id: "roll_back_view",
        summary: "Go back to the generation before",
        about: "Undoes a promotion: queries read the generation again that was active before.",
        form: Form::Act(Act {
            body: "ReasonRequest",
            parameter: Some("View"),
            answer: "View",
            at_once: true,
            begins: false,
        }),
    },
    Line {
        operation: D::RetireView,
        id: "retire_view",
        summary: "Retire the generation before",
        about: "Takes the generation that was active before out of service. Its rows are \
                deleted in the background.",
        form: Form::Act(Act {
            body: "ReasonRequest",
            parameter: Some("View"),
            answer: "View",
            at_once: true,
            begins: false,
        }),
    },
    Line {
        operation: D::RepairView,
        id: "repair_view",
        summary: "Fold some records anew",
        about: "Folds records anew and rewrites the rows that differ, in every generation that \
                is kept up: chosen records of the caller's workspace, all of a type, or those \
                changed since an instant.",
        form: Form::Act(Act {
            body: "RepairRequest",
            parameter: Some("View"),
            answer: "Rebuild",
            at_once: false,
            begins: true,
        }),
    },
    Line {
        operation: D::Reconcile,
        id: "reconcile",
        summary: "Reconcile the views with the log",
        about: "Looks for what the stream has lost. With `full`, holds every view against the \
                whole log.",
        form: Form::Act(Act {
            body: "ReconcileRequest",
            parameter: None,
            answer: "Reconciling",
            at_once: false,
            begins: false,
        }),
    },
    Line {
        operation: D::ListRebuilds,
        id: "list_rebuilds",
        summary: "List rebuilds",
        about: "Rebuilds, verifications and repairs, the newest first.",
        form: Form::Page("RebuildPage", &[]),
    },
    Line {
        operation: D::ReadRebuild,
        id: "read_rebuild",
        summary: "How far is a rebuild?",
        about: "How far it is, segment by segment, and the first differences that were found.",
        form: Form::One("Rebuild", Some("Rebuild")),
    },
    Line {
        operation: D::PauseRebuild,
        id: "pause_rebuild",
        summary: "Pause a rebuild",
        about: "Its workers stop after the page at hand. The generation is kept up meanwhile.",
        form: Form::Act(Act {
            body: "ReasonRequest",
            parameter: Some("Rebuild"),
            answer: "Rebuild",
            at_once: true,
            begins: false,
        }),
    },
    Line {
        operation: D::ResumeRebuild,
        id: "resume_rebuild",
        summary: "Go on with a rebuild",
        about: "Its workers go on where they stopped.",
        form: Form::Act(Act {
            body: "ReasonRequest",
            parameter: Some("Rebuild"),
            answer: "Rebuild",
            at_once: true,
            begins: false,
        }),
    },
    Line {
        operation: D::CancelRebuild,
        id: "cancel_rebuild",
        summary: "Cancel a rebuild",
        about: "It ends, and what it built is thrown away.",
        form: Form::Act(Act {
            body: "ReasonRequest",
            parameter: Some("Rebuild"),
            answer: "Rebuild",
            at_once: true,
            begins: false,
        }),
    },
    Line {
        operation: D::ListParked,
        id: "list_parked",
        summary: "List parked records",
        about: "Records that a generation of a view cannot follow: at which version they \
                stopped, why, and since when. The others go on. The first page also counts \
                them by error.",
        form: Form::Page("ParkedPage", &["OfView"]),
    },
    Line {
        operation: D::RetryParked,
        id: "retry_parked",
        summary: "Try parked records again",
        about: "One record, all that stopped with the same error, or all. What folds now is no \
                longer parked.",
        form: Form::Act(Act {
            body: "RetryRequest",
            parameter: None,
            answer: "Retrying",
            at_once: false,
            begins: false,
        }),
    },
    Line {
        operation: D::SkipParked,
        id: "skip_parked",
        summary: "Accept that a record is parked",
        about: "It no longer alarms, is not tried again by itself, and does not hinder a \
                promotion. Readers still see that the record is stale.",
        form: Form::Act(Act {
            body: "SkipRequest",
            parameter: None,
            answer: "ParkedRecord",
            at_once: true,
            begins: false,
        }),
    },
    Line {
        operation: D::ListFailures,
        id: "list_failures",
        summary: "List failed batches",
        about: "Batches of the stream that a function gave up, the newest first. Nothing is \
                lost by them: the reconciler finds what they held.",
        form: Form::Page("FailurePage", &[]),
    },
    Line {
        operation: D::DriveFailure,
        id: "drive_failure",
        summary: "Drive a failed batch again",
        about: "What the batch held is read from the log again and projected or published. \
                Twice is as good as once.",
        form: Form::Act(Act {
            body: "ReasonRequest",
            parameter: Some("FailureKey"),
            answer: "FailedBatch",
            at_once: false,
            begins: false,
        }),
    },
    Line {
        operation: D::ListDeskAlarms,
        id: "list_desk_alarms",
        summary: "List the alarms of the deployment",
        about: "Stored commits that were tampered with, rows of another log, a log that became \
                shorter, and rows that had drifted. The newest 1,000.",
        form: Form::All("DeskAlarms"),
    },
    Line {
        operation: D::StartReplay,
        id: "start_replay",
        summary: "Publish events again",
        about: "Sends chosen events to the event bus again, marked as a replay. With `dry_run` \
                they are only counted.",
        form: Form::Act(Act {
            body: "ReplayRequest",
            parameter: None,
            answer: "Replay",
            at_once: false,
            begins: true,
        }),
    },
    Line {
        operation: D::ListReplays,
        id: "list_replays",
        summary: "List replays",
        about: "Replays, the newest first.",
        form: Form::Page("ReplayPage", &[]),
    },
    Line {
        operation: D::ReadReplay,
        id: "read_replay",
        summary: "How far is a replay?",
        about: "How far it is.",
        form: Form::One("Replay", Some("Replay")),
    },
    Line {
        operation: D::CancelReplay,
        id: "cancel_replay",
        summary: "Cancel a replay",
        about: "It ends; what was sent stays sent.",
        form: Form::Act(Act {
            body: "ReasonRequest",
            parameter: Some("Replay"),
            answer: "Replay",
            at_once: true,
            begins: false,
        }),
    },
    Line {
        operation: D::ReadLog,
        id: "read_log",
        summary: "Is the log open?",
        about: "Whether commands write. The log closes when it is shorter than what was \
                verified before, as after a restore.",
        form: Form::One("Log", None),
    },
    Line {
        operation: D::RecoverLog,
        id: "recover_log",
        summary: "Recover from a restored log",
        about: "Throws snapshots away and rebuilds every view from the log as it is; when all \
                are promoted, the log opens again.",
        form: Form::Act(Act {
            body: "ReasonRequest",
            parameter: None,
            answer: "Log",
            at_once: false,
            begins: false,
        }),
    },
];
