//! Retention: batches whose last event has expired are removed, and the oldest ones of a
//! group that holds more than it may. Readers leave out expired events by themselves.

use crate::state::{LogBatch, LogGroup, LogStream, Read};
use crate::{Logs, quota};
use base::Timestamp;
use std::sync::Arc;
use store::{Fault, Table, Tx};

impl Logs {
    /// Removes what has expired; how many batches that were.
    pub async fn expire(&self, now: Timestamp) -> Result<usize, Fault> {
        let mut removed = 0;
        for group in self.store.read().scan::<LogGroup>("")? {
            removed += self.expire_group(&group, now, quota::STORED_BYTES).await?;
        }
        Ok(removed)
    }

    pub(crate) async fn expire_group(
        &self,
        group: &LogGroup,
        now: Timestamp,
        keep: usize,
    ) -> Result<usize, Fault> {
        // Looked at outside a transaction first, so that the usual case writes nothing.
        let snapshot = self.store.read();
        let held: usize = snapshot.streams(&group.scope, &group.name)?.iter().map(|s| s.bytes).sum();
        let mut batches = Vec::new();
        for stream in snapshot.streams(&group.scope, &group.name)? {
            batches.extend(snapshot.batches(&group.scope, &group.name, &stream.name)?);
        }
        let doomed = doomed(batches, group.cutoff(now), held.saturating_sub(keep));
        if doomed.is_empty() {
            return Ok(0);
        }
        self.store.write(|tx| remove(tx, &doomed)).await
    }
}

/// The batches that have expired, and the oldest of the others until `excess` bytes are gone.
fn doomed(mut batches: Vec<Arc<LogBatch>>, cutoff: Option<i64>, mut excess: usize) -> Vec<Arc<LogBatch>> {
    batches.sort_by_key(|batch| batch.last());
    batches.retain(|batch| {
        let expired = cutoff.is_some_and(|cutoff| batch.last() < cutoff);
        let goes = expired || excess > 0;
        if goes {
            excess = excess.saturating_sub(batch.bytes);
        }
        goes
    });
    batches
}

fn remove(tx: &mut Tx, doomed: &[Arc<LogBatch>]) -> Result<usize, Fault> {
    let mut removed = 0;
    for batch in doomed {
        if !tx.delete::<LogBatch>(&batch.key())? {
            continue;
        }
        removed += 1;
        if let Some(stream) = tx.snapshot().stream(&batch.scope, &batch.group, &batch.stream)? {
            let bytes = stream.bytes.saturating_sub(batch.bytes);
            tx.put(&LogStream { bytes, ..(*stream).clone() })?;
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Scope;

    fn batch(number: u64, last: i64, bytes: usize) -> Arc<LogBatch> {
        let (scope, group, stream) = (Scope::default(), "g".to_owned(), "s".to_owned());
        let events = vec![(last, String::new())];
        Arc::new(LogBatch { scope, group, stream, number, ingested: last, bytes, events })
    }

    #[test]
    fn the_expired_go_and_then_the_oldest_until_the_rest_fits() {
        let all = || vec![batch(1, 30, 10), batch(2, 10, 10), batch(3, 20, 10)];
        let gone =
            |cutoff, excess| doomed(all(), cutoff, excess).iter().map(|b| b.number).collect::<Vec<_>>();
        assert!(gone(None, 0).is_empty());
        assert_eq!(gone(Some(20), 0), [2]);
        assert_eq!(gone(None, 1), [2]);
        assert_eq!(gone(Some(20), 11), [2, 3]);
        assert_eq!(gone(Some(20), 10), [2], "what expired counts towards the excess");
    }
}
