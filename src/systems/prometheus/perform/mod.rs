//! The transaction of a target: write the files, reload once, prove that what was written is what is loaded; or put back
//! what was there, and prove that.
//!
//! A reload is never trusted: it answers 200 where a glob picks nothing, and 500 names no rule (facts: prometheus.md
//! section 2). What proves it is `/api/v1/rules`.

mod file;
mod proof;
mod rollback;

use super::{
    NAME, preflight,
    read::{self, RULES},
    recount, reloads,
    server::Server,
};
use crate::{
    model::{Failure, Live, Op, Outcome},
    ports::{Http, Ports, Shelf},
};
use file::File;
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// Between two looks at what is loaded.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Performs an op of [`super::lower`].
pub async fn perform(ports: &Ports, op: &Op) -> Outcome {
    let target = op.body["target"].as_str().unwrap_or_default();
    let Some(shelf) = ports.shelf(NAME, target, RULES) else {
        return Outcome::Failed(Failure::NotSent { why: format!("no place to deliver rule files of {target} to") });
    };
    let mut transaction = Transaction {
        ports,
        op,
        target,
        shelf,
        https: ports.http(NAME, target),
        files: op.body["files"].as_array().into_iter().flatten().map(File::of).collect(),
        before: Vec::new(),
        reloaded: 0,
        notes: Vec::new(),
    };
    match transaction.run().await {
        Ok(lives) if transaction.wrote_nothing() => Outcome::Already(lives),
        Ok(lives) => Outcome::Done(lives),
        Err(Broken::Before(failure)) => Outcome::Failed(failure),
        Err(Broken::After(why)) => transaction.roll_back(why).await,
    }
}

/// What went wrong.
enum Broken {
    /// Nothing was written.
    Before(Failure),
    /// Something was, and goes back.
    After(String),
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        Self::Before(failure)
    }
}

struct Transaction<'a> {
    ports: &'a Ports,
    op: &'a Op,
    target: &'a str,
    shelf: &'a Arc<dyn Shelf>,
    https: &'a [Arc<dyn Http>],
    files: Vec<File>,
    /// The servers before.
    before: Vec<Server>,
    /// How many servers may have loaded the new files.
    reloaded: usize,
    notes: Vec<String>,
}

impl Transaction<'_> {
    async fn run(&mut self) -> Result<Vec<Live>, Broken> {
        self.look().await?;
        self.write().await.map_err(|failure| Broken::After(failure.to_string()))?;
        let target = self.reader();
        if preflight::delivers(target) {
            for i in 0..self.https.len() {
                self.reloaded = i + 1;
                let doubt = self.reload(i).await.map_err(Broken::After)?;
                self.prove(i).await.map_err(|why| Broken::After(reloads::doubted(why, doubt)))?;
            }
        }
        for note in &self.notes {
            if let Some(address) = self.op.carries.first() {
                self.ports.tell(address, note, Some(note.clone()));
            }
        }
        Ok(self.lives().await)
    }

    /// Whether everything lay there already, where no server is told.
    fn wrote_nothing(&self) -> bool {
        self.reloaded == 0 && self.files.iter().all(|file| !file.written)
    }

    fn reader(&self) -> &crate::ports::Target {
        static NONE: std::sync::OnceLock<crate::ports::Target> = std::sync::OnceLock::new();
        let key = (NAME.to_owned(), self.target.to_owned());
        self.ports.targets.get(&key).unwrap_or_else(|| NONE.get_or_init(Default::default))
    }

    /// The look just before: nothing has changed since the plan, and every server can take it.
    async fn look(&mut self) -> Result<(), Failure> {
        for file in &mut self.files {
            file.old = self.shelf.get(&file.name).await?;
            let text = file.old.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            if read::fingerprint(text.as_deref()) != file.was && !file.is_there() {
                return Err(Failure::Stale { what: format!("`{}` was changed since the plan", file.name) });
            }
        }
        let target = self.reader();
        let mut servers = Vec::new();
        for reader in &target.https {
            let server = Server::read(reader).await?;
            let written = self.files.iter().filter(|file| file.text.is_some() && preflight::delivers(target));
            let unpicked = written.filter_map(|file| preflight::unpicked(&server, target, &file.name));
            if let Some(message) = preflight::obstacles(&server, target).into_iter().chain(unpicked).next() {
                return Err(Failure::Refused { code: "preflight".into(), message });
            }
            servers.push(server);
        }
        recount::check(self.op, target, &servers).await?;
        self.before = servers;
        self.repaired().await
    }

    /// A server whose last reload failed is asked for one before anything is written: what was broken may be repaired by
    /// now. If not, ours could only fail as well, unless it is a file of ours that this very transaction writes anew.
    async fn repaired(&mut self) -> Result<(), Failure> {
        if !preflight::delivers(self.reader()) {
            return Ok(());
        }
        for i in 0..self.before.len() {
            let Some(server) = self.before.get(i).filter(|server| !server.is_intact() && server.has_lifecycle()) else {
                continue;
            };
            let ours = self.files.iter().any(|file| !file.is_there() && file.is_astray(server));
            match self.reload(i).await {
                Err(why) if !ours => {
                    let message = format!("the last reload of {} failed, and it still does: {why}", server.url);
                    return Err(Failure::Refused { code: "preflight".into(), message });
                }
                Err(_) => {}
                // what others have changed is in force now, and is what a rollback has to come back to
                Ok(_) => {
                    if let Some(reader) = self.reader().https.get(i) {
                        let again = Server::read(reader).await?;
                        self.before.splice(i..=i, [again]);
                    }
                }
            }
        }
        Ok(())
    }

    /// New and changed files first, then what goes.
    async fn write(&mut self) -> Result<(), Failure> {
        let shelf = self.shelf.clone();
        for file in self.files.iter_mut().filter(|f| !f.is_there()) {
            // also when it fails: nobody knows how far it got
            file.written = true;
            match &file.text {
                Some(text) => shelf.put(&file.name, text.as_bytes()).await?,
                None => shelf.remove(&file.name).await?,
            }
        }
        Ok(())
    }

    fn names(&self) -> BTreeSet<&str> {
        self.files.iter().map(|f| f.name.as_str()).collect()
    }

    /// The objects as they are now, as far as they can be read.
    async fn lives(&self) -> Vec<Live> {
        let target = self.reader();
        let servers = futures_util::future::join_all(target.https.iter().map(Server::read)).await;
        let servers: Vec<Server> = servers.into_iter().filter_map(Result::ok).collect();
        if servers.len() < target.https.len() {
            return Vec::new();
        }
        let mut lives = Vec::new();
        for file in &self.files {
            let Some(address) = &file.address else { continue };
            lives.extend(read::one(&servers, target, address, &file.name).await);
        }
        lives
    }
}
