//! Whether what a view shows was made by the folds of this build.

use crate::views::{LAYOUT, folds};
use events::Registry;
use store::{Generation, ViewGenerations};

/// The record types whose rows in a generation another fold made than this build's, by name; `@layout` where
/// the rows themselves are laid out otherwise. Empty where the generation is up to date, and where it is not
/// known what made it.
///
/// A type that the generation was made without is none of them: it had no rows, and gets them by this build.
pub fn outdated_types(
    view: &ViewGenerations,
    generation: Generation,
    registry: &Registry,
) -> Vec<String> {
    let Some(made_by) = view.folds_of(generation) else { return Vec::new() };
    let own = folds(&view.view, registry);
    let differ = |(name, fold): (&String, &String)| {
        own.get(name).filter(|own| *own != fold).map(|_| name.clone())
    };
    let mut names: Vec<String> = made_by.iter().filter_map(differ).collect();
    names.sort_by_key(|name| (name != LAYOUT, name.clone()));
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::{FIRST_GENERATION, RECORDS};
    use store::Folds;

    fn made_by(change: impl FnOnce(&mut Folds)) -> Vec<String> {
        let registry = Registry::shipped();
        let mut made_by = folds(RECORDS, &registry);
        change(&mut made_by);
        let mut view = ViewGenerations::first(RECORDS, FIRST_GENERATION);
        view.folds.insert("1".to_owned(), made_by);
        outdated_types(&view, view.active, &registry)
    }

    #[test]
    fn a_generation_is_outdated_by_each_type_that_folds_otherwise_now() {
        assert!(made_by(|_| {}).is_empty());
        let todo = made_by(|folds| drop(folds.insert("todo".to_owned(), "0".to_owned())));
        assert_eq!(todo, ["todo"]);
        let two = made_by(|folds| {
            folds.insert("customer".to_owned(), "0".to_owned());
            folds.insert(LAYOUT.to_owned(), "0".to_owned());
        });
        assert_eq!(two, [LAYOUT, "customer"]);
    }

    #[test]
    fn types_that_came_or_went_do_not_make_a_generation_outdated() {
        assert!(made_by(|folds| drop(folds.remove("todo"))).is_empty());
        assert!(made_by(|folds| drop(folds.insert("gone".to_owned(), "1".to_owned()))).is_empty());
    }

    #[test]
    fn of_a_generation_that_nobody_knows_the_folds_of_nothing_is_said() {
        let view = ViewGenerations::first(RECORDS, FIRST_GENERATION);
        assert!(outdated_types(&view, view.active, &Registry::shipped()).is_empty());
    }
}
