//! Some days beside others: what follows each other in a summary, and what does not by period.

use crm_api::answer::ReportName;
use crm_api::question::Report;
use crm_api::{Asked, Bucket, Focus};

use super::{Composed, Composer, Days};
use crate::assistant::ask::refusal::Refusal;
use crate::assistant::ask::when::{When, later};

impl Composer<'_> {
    /// Some days beside the same of the year before: a year is the one before anyway.
    pub(super) fn beside_year_before(&self, when: When, focus: Focus) -> Composed {
        let before = when.year_before(self.shop.today);
        if when.unit() == Some(Bucket::Year) {
            return self.summary(when, focus);
        }
        match when.unit() {
            Some(_) => self.beside(when, before, focus),
            None => Err(Refusal::Compare),
        }
    }

    /// Two periods of one length. Where one follows the other the summary has both, else the periods between
    /// them are told as well.
    pub(super) fn beside(&self, one: When, other: When, focus: Focus) -> Composed {
        let today = self.shop.today;
        let (unit, of_other) = (one.unit(), other.unit());
        let (Some(bucket), true) = (unit, unit == of_other) else { return Err(Refusal::Compare) };
        let ends = |when: When| match when.days(today) {
            (Some(from), Some(to)) => Ok((from, to)),
            _ => Err(Refusal::Compare),
        };
        let ((from, _), (from_other, _)) = (ends(one)?, ends(other)?);
        let (early, late) = if from < from_other { (one, other) } else { (other, one) };
        if later(ends(early)?.0, 1, bucket) == ends(late)?.0 {
            return self.summary(late, focus);
        }
        let days = Days { from: Some(ends(early)?.0), to: Some(ends(late)?.1), range: None };
        if late.is_ahead(today) {
            return Err(Refusal::Ahead);
        }
        let report = Report { name: ReportName::Sales, bucket: Some(bucket), ..self.report(days) };
        let focus = Focus { days: Some(ends(late)?.0), than: Some(ends(early)?.0), ..focus };
        Ok(Asked { question: report.into(), focus })
    }
}
