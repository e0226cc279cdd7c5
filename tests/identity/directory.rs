//! Who is there: inviting, groups, and what is kept.

use crate::support::{HandClock, World};
use local::{DEMO_PEOPLE, Data, DirectoryError, Settings, Stack, Status};
use std::collections::BTreeSet;

#[tokio::test]
async fn a_fresh_stack_has_the_demo_people_and_the_groups_of_rights() {
    let world = World::start().await;
    let directory = world.stack.gateway.identity.directory();
    let names: BTreeSet<String> =
        directory.list().into_iter().map(|account| account.username).collect();
    assert_eq!(names, DEMO_PEOPLE.iter().map(|person| person.username.to_owned()).collect());
    let groups =
        ["admins", "auditors", "editors", "operators", "tenant-demo", "tenant-other", "viewers"];
    assert_eq!(directory.groups(), groups);
    let admin = directory.get("admin").unwrap();
    assert_eq!(admin.email, "admin@example.org");
    assert_eq!(admin.name.as_deref(), Some("Anna Admin"));
    assert_eq!(admin.status, Status::Active);
}

#[tokio::test]
async fn somebody_is_found_by_username_sub_or_email_in_any_case() {
    let world = World::start().await;
    let directory = world.stack.gateway.identity.directory();
    let editor = directory.get("editor").unwrap();
    for name in [editor.sub.as_str(), "editor@example.org", "EDITOR@Example.ORG"] {
        assert_eq!(directory.get(name).as_ref(), Some(&editor), "{name}");
    }
    assert_eq!(directory.get("nobody@example.org"), None);
    assert_eq!(directory.get(""), None);
}

#[tokio::test]
async fn an_invited_person_gets_an_id_of_their_own_and_a_mail() {
    let world = World::start().await;
    let directory = world.stack.gateway.identity.directory();
    let invited = directory.invite(" Nora@Example.org ", Some("Nora New")).unwrap();
    assert_eq!(invited.status, Status::Invited);
    assert_eq!(invited.username, invited.sub);
    assert_eq!(invited.sub.len(), 36);
    assert!(invited.groups.is_empty());
    assert_eq!(directory.get("nora@example.org"), Some(invited));
    let mail = directory.mail().pop().unwrap();
    assert_eq!(mail.to, "Nora@Example.org");
    assert!(mail.text.contains(&mail.secret) && mail.secret.len() == 16, "{}", mail.text);
}

#[tokio::test]
async fn nobody_is_invited_twice_but_the_invitation_can_be_sent_again() {
    let world = World::start().await;
    let directory = world.stack.gateway.identity.directory();
    directory.invite("nora@example.org", None).unwrap();
    let again = directory.invite("NORA@example.org", None);
    assert!(matches!(again, Err(DirectoryError::AccountExists)));
    let first = directory.mail().pop().unwrap().secret;
    directory.invite_again("nora@example.org").unwrap();
    let mail = directory.mail();
    assert_eq!(mail.len(), 1, "the first password is worth nothing any more");
    assert_ne!(mail[0].secret, first);
    assert!(matches!(directory.invite_again("editor"), Err(DirectoryError::NotInvited)));
    assert!(matches!(directory.invite_again("nobody"), Err(DirectoryError::NoSuchAccount)));
    for no_email in ["", "nora", "nora@", "@example.org", "no ra@example.org", "a@b@example.org"] {
        let invited = directory.invite(no_email, None);
        assert!(matches!(invited, Err(DirectoryError::NoEmail)), "{no_email}");
    }
}

#[tokio::test]
async fn who_is_in_a_group_is_listed_there_and_twice_is_once() {
    let world = World::start().await;
    let directory = world.stack.gateway.identity.directory();
    let names = |group: &str| -> Vec<String> {
        let listed = directory.list_in_group(group).unwrap();
        listed.into_iter().map(|account| account.username).collect()
    };
    assert_eq!(names("editors"), ["editor", "outsider"]);
    for _ in 0..2 {
        directory.add_to_group("viewer@example.org", "editors").unwrap();
        assert_eq!(names("editors"), ["viewer", "editor", "outsider"]);
    }
    for _ in 0..2 {
        directory.remove_from_group("viewer", "editors").unwrap();
        assert_eq!(names("editors"), ["editor", "outsider"]);
    }
    let no_group = directory.add_to_group("viewer", "emperors");
    assert!(matches!(no_group, Err(DirectoryError::NoSuchGroup)));
    assert!(matches!(directory.list_in_group("emperors"), Err(DirectoryError::NoSuchGroup)));
    let nobody = directory.add_to_group("nobody", "editors");
    assert!(matches!(nobody, Err(DirectoryError::NoSuchAccount)));
    directory.create_group("tenant-new").unwrap();
    directory.add_to_group("viewer", "tenant-new").unwrap();
}

#[tokio::test]
async fn what_was_changed_outlives_the_process_and_is_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let clock = HandClock::at_noon();
    let start = || {
        let data = Data::Folder(folder.path().to_owned());
        let settings = Settings::new(data, "http://localhost:8080".to_owned());
        Stack::start(Settings { clock: clock.clock(), ..settings })
    };
    let stack = start().await.unwrap();
    let directory = stack.gateway.identity.directory().clone();
    let invited = directory.invite("nora@example.org", None).unwrap();
    directory.add_to_group("nora@example.org", "editors").unwrap();
    directory.remove_from_group("viewer", "viewers").unwrap();
    let (people, mail) = (directory.list(), directory.mail());
    // As a crash would: nothing is told to stop.
    drop(stack);

    let stack = start().await.unwrap();
    let directory = stack.gateway.identity.directory();
    assert_eq!(directory.list(), people, "demo people too stay as they were changed");
    assert_eq!(directory.mail(), mail);
    assert!(directory.get(&invited.sub).unwrap().groups.contains("editors"));
    let text = std::fs::read_to_string(folder.path().join("identity.json")).unwrap();
    assert!(text.contains("pbkdf2-sha256$600000$"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let file = std::fs::metadata(folder.path().join("identity.json")).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }
}
