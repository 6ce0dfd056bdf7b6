//! The table of tasks and mutants: `formal/tasks.toml`.

use super::job::{Job, Mutation};
use anyhow::{ensure, Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What a task establishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// For every length of time, by k-induction.
    Induction,
    /// For every input: there is no state.
    Combinational,
    /// Up to a number of cycles after reset.
    Bounded,
    /// That something can happen, within a number of cycles.
    Cover,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Task {
    name: String,
    block: String,
    property: String,
    file: String,
    /// The task in the sby file, if there are several.
    task: Option<String>,
    config: String,
    method: Method,
    depth: u32,
    #[serde(default)]
    quick: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutant {
    name: String,
    task: String,
    file: String,
    from: String,
    to: String,
    /// Cycles from reset in which the counterexample is looked for, where the task's are too few.
    depth: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    task: Vec<Task>,
    #[serde(default)]
    mutant: Vec<Mutant>,
}

/// All tasks of a folder.
#[derive(Debug)]
pub struct Tasks {
    folder: PathBuf,
    file: File,
}

impl Tasks {
    /// Reads `tasks.toml`.
    pub fn read(folder: &Path) -> Result<Tasks> {
        let path = folder.join("tasks.toml");
        let shown = || path.display().to_string();
        let text = std::fs::read_to_string(&path).with_context(shown)?;
        let file: File = toml::from_str(&text).with_context(shown)?;
        let mut names = BTreeSet::new();
        for name in file.task.iter().map(|task| &task.name) {
            ensure!(
                names.insert(name),
                "{}: two tasks are called {name}",
                shown()
            );
        }
        for mutant in &file.mutant {
            let (name, task) = (&mutant.name, &mutant.task);
            ensure!(
                names.contains(task),
                "{}: mutant {name}: there is no task {task}",
                shown()
            );
        }
        let folder = folder.canonicalize().with_context(shown)?;
        Ok(Tasks { folder, file })
    }

    /// The names of all tasks, in order.
    pub fn names(&self) -> Vec<String> {
        self.file
            .task
            .iter()
            .map(|task| task.name.clone())
            .collect()
    }

    /// The tasks whose names contain one of `names`, or all.
    pub fn select(&self, names: &[String], quick: bool) -> Result<Vec<Job>> {
        let tasks = self.file.task.iter();
        let jobs = tasks.filter(|task| task.quick || !quick);
        chosen(jobs.map(|task| self.job(task, None)).collect(), names)
    }

    /// The mutants whose names contain one of `names`, or all.
    pub fn mutants(&self, names: &[String]) -> Result<Vec<Job>> {
        let mut jobs = Vec::new();
        for mutant in &self.file.mutant {
            let mut tasks = self.file.task.iter();
            jobs.extend(
                tasks
                    .find(|task| task.name == mutant.task)
                    .map(|task| self.job(task, Some(mutant))),
            );
        }
        chosen(jobs, names)
    }

    fn job(&self, task: &Task, mutant: Option<&Mutant>) -> Job {
        Job {
            name: mutant.map_or(&task.name, |mutant| &mutant.name).clone(),
            block: task.block.clone(),
            property: task.property.clone(),
            method: task.method,
            depth: mutant.and_then(|mutant| mutant.depth).unwrap_or(task.depth),
            folder: self.folder.clone(),
            file: task.file.clone(),
            task: task.task.clone(),
            config: task.config.clone(),
            mutation: mutant.map(|mutant| Mutation {
                file: mutant.file.clone(),
                from: mutant.from.clone(),
                to: mutant.to.clone(),
                depth: mutant.depth,
            }),
        }
    }
}

fn chosen(mut jobs: Vec<Job>, names: &[String]) -> Result<Vec<Job>> {
    for name in names {
        ensure!(
            jobs.iter().any(|job| job.name.contains(name)),
            "no task is called {name}; `mch prove --list` lists them"
        );
    }
    if !names.is_empty() {
        jobs.retain(|job| names.iter().any(|name| job.name.contains(name)));
    }
    Ok(jobs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Tasks> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("tasks.toml"), text)?;
        Tasks::read(folder.path())
    }

    fn task(name: &str) -> String {
        format!(
            "[[task]]\nname = \"{name}\"\nblock = \"b\"\nproperty = \"p\"\nfile = \"f.sby\"\nconfig = \"c.toml\"\n\
             method = \"bounded\"\ndepth = 3\n"
        )
    }

    #[test]
    fn tasks_are_chosen_by_a_part_of_their_names() -> Result<()> {
        let tasks = read(&(task("one-more") + &task("two")))?;
        assert_eq!(tasks.select(&["more".into()], false)?.len(), 1);
        assert_eq!(tasks.select(&[], false)?.len(), 2);
        assert_eq!(tasks.select(&[], true)?.len(), 0);
        assert!(tasks.select(&["three".into()], false).is_err());
        Ok(())
    }

    #[test]
    fn a_wrong_table_is_refused() {
        let mutant =
            "[[mutant]]\nname = \"m\"\ntask = \"none\"\nfile = \"f\"\nfrom = \"a\"\nto = \"b\"\n";
        for (text, said) in [
            (task("one") + &task("one"), "two tasks are called one"),
            (task("one") + mutant, "there is no task none"),
            (task("one") + "colour = 3\n", "colour"),
            (task("one").replace("bounded", "guessed"), "guessed"),
        ] {
            let error = format!("{:#}", read(&text).expect_err("refused"));
            assert!(error.contains(said), "{error}");
        }
    }
}
