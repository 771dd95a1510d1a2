//! Back to what was there, and the proof of that.

use super::{
    super::{
        culprit, preflight,
        server::{LOADED, Server},
        undone,
    },
    LOOK_AGAIN, Transaction,
    file::File,
};
use crate::model::{Outcome, Value};

impl Transaction<'_> {
    /// Puts back what was there, and proves that it is.
    pub(super) async fn roll_back(&self, mut why: String) -> Outcome {
        let mut left = Vec::new();
        // where another tool delivers, what lies there says nothing of what is in force
        let server = self.before.first().filter(|_| preflight::delivers(self.reader()));
        let dirty = |f: &&File| f.written || server.is_some_and(|server| f.is_astray(server));
        for file in self.files.iter().filter(dirty) {
            let back = match &file.back(server) {
                Some(bytes) => self.shelf.put(&file.name, bytes).await,
                None => self.shelf.remove(&file.name).await,
            };
            left.extend(back.err().map(|failure| format!("`{}` is the new one: {failure}", file.name)));
        }
        let put_back = left.is_empty();
        let written: Vec<&str> = self.files.iter().filter(|f| f.written).map(|f| f.name.as_str()).collect();
        for i in 0..self.reloaded {
            let Some(before) = self.before.get(i) else { continue };
            // one that refuses this reload, too, for what somebody else has there, has kept what it had
            let refused = self.reload(i).await.err().map(|refused| culprit::unsuspected(&refused, &written));
            if refused.is_some() {
                why = culprit::unsuspected(&why, &written);
            }
            let wait = if before.has_lifecycle() { LOADED } else { before.looks_within() };
            let as_before = |me: &Self, groups: &[Value]| undone::as_before(before, groups, &me.names());
            match (self.until(i, wait, LOOK_AGAIN, as_before).await, refused) {
                (Ok(_), refused) => why.push_str(&self.aftermath(i, before, refused.is_some()).await),
                (Err(unlike), refused) => {
                    let refused = refused.map(|refused| format!("; {refused}")).unwrap_or_default();
                    let proof =
                        if unlike == undone::unlike(before) { String::new() } else { unproven(before, put_back) };
                    left.push(format!("{proof}{unlike}{refused}"));
                }
            }
        }
        if left.is_empty() {
            return Outcome::RolledBack { why };
        }
        Outcome::Dirty { why, left: left.join("; "), now: self.lives().await }
    }

    /// What a server has of others after a rollback that it had not before, and whose fault the refusal was.
    async fn aftermath(&self, i: usize, before: &Server, refused: bool) -> String {
        let mut out = String::new();
        if refused {
            out.push_str("; it refuses the files as they were before, too: the cause is nothing that was written here");
        }
        if let Some(reader) = self.reader().https.get(i)
            && let Ok(now) = Server::read(reader).await
        {
            out.push_str(&undone::activated(before, &now, &self.names()));
        }
        out
    }
}

/// What is said before the reason why nobody could look at what a server has loaded.
fn unproven(before: &Server, put_back: bool) -> String {
    let url = &before.url;
    if put_back {
        return format!("the files are again as they were, only the proof is missing that {url} has loaded them: ");
    }
    format!("whether {url} has loaded what it had before is not known: ")
}
