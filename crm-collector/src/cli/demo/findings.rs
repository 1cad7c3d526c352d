//! What the statistics say of the demo's shop, a line each: figures as they were computed, nothing
//! added to them.

use crm_api::answer::{CustomerValues, Figure, Forecasts, Together};
use crm_api::question;
use crm_models::Currency;

use crate::ask_error::AskError;
use crate::auth::Access;
use crate::auth::right::Read;
use crate::export::grouped;
use crate::insights::{Insights, ProgressView};
use crate::wording;
use crate::words::counted;

/// Asks for everything that is shown. `skus` are the products of which one is told with what it is
/// bought; the first that is bought with another more often than by chance.
pub(super) async fn find(
    insights: &Insights,
    access: &Access<Read>,
    skus: &[String],
) -> Result<String, AskError> {
    let mut said = String::new();
    let mut say = |topic: &str, what: Option<String>| {
        let what = what.as_deref().unwrap_or("too little is known yet");
        said.push_str(&format!("{topic:<11}{what}\n"));
    };
    let view = ProgressView::default();
    let forecasts = insights.forecasts(access, &question::Forecast::default(), &view).await?;
    say("forecast", forecast(&forecasts));
    say("", accuracy(&forecasts));
    let trends = insights.trends(access, &question::Trends::default(), &view).await?;
    say("trend", trends.trends.first().map(|trend| trend.summary.clone()));
    let of_products = trends.trends.iter().find(|trend| trend.dimension == "product");
    say("product", of_products.map(|trend| trend.summary.clone()));
    let best = question::Values { limit: 1, ..Default::default() };
    let values = insights.values(access, &best, &view).await?;
    say("customer", customer(&values));
    let mut pair = None;
    for sku in skus {
        let question = question::Together { sku: sku.clone(), limit: 1, ..Default::default() };
        let together = insights.together(access, &question, &view).await?;
        pair = bought_together(&together);
        if pair.is_some() {
            break;
        }
    }
    say("together", pair);
    Ok(said)
}

/// The first period that has not begun: what is known of the current one is in the reports.
fn forecast(found: &Forecasts) -> Option<String> {
    let period = found.forecasts.first()?.periods.iter().find(|one| one.from >= found.as_of)?;
    let band = period.bands.iter().find(|band| band.level == 80)?;
    let money = |figure| money(figure, found.currency);
    Some(format!(
        "{} will bring about {}, four times in five between {} and {}",
        period.period,
        money(period.point),
        figure(band.lower),
        money(band.upper)
    ))
}

fn accuracy(found: &Forecasts) -> Option<String> {
    let series = found.forecasts.first()?;
    let backtest = series.backtest.as_ref()?;
    Some(format!("(method {}: {})", series.method, wording::accuracy(backtest)))
}

fn customer(found: &CustomerValues) -> Option<String> {
    let best = found.customers.first()?;
    let band = best.bands.iter().find(|band| band.level == 80)?;
    let who = match &best.name {
        Some(name) => format!("{name} ({})", best.customer_id),
        None => best.customer_id.clone(),
    };
    let next = best.next_purchase.map(|day| format!("; the next purchase is due {day}"));
    Some(format!(
        "{who} has bought on {} for {}, and will spend about {} in the next {},\n{:<11}four \
         times in five between {} and {}{}",
        counted(best.purchase_days, "day", "days"),
        money(best.spent, found.currency),
        money(best.expected_value, found.currency),
        counted(found.horizon_days, "day", "days"),
        "",
        figure(band.lower),
        money(band.upper, found.currency),
        next.unwrap_or_default()
    ))
}

fn bought_together(found: &Together) -> Option<String> {
    let pair = found.pairs.first()?;
    let name = |name: &Option<String>, sku: &str| name.as_deref().unwrap_or(sku).to_owned();
    Some(format!(
        "{} with {}: in {} of {}, {:.1} times as often as by chance",
        name(&found.name, &found.sku),
        name(&pair.name, &pair.sku),
        grouped(&pair.together.to_string()),
        counted(grouped(&found.baskets.to_string()), "basket", "baskets"),
        pair.lift
    ))
}

fn money(of: Figure, currency: Currency) -> String {
    format!("{} {currency}", figure(of))
}

fn figure(of: Figure) -> String {
    grouped(&of.value().to_text())
}
