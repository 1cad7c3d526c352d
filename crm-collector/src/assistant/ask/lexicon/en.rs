//! English.

use Sense::{Act as Does, Column as Has, Missing as Without, Skip};
use crm_api::Bucket;
use crm_api::question::Stage;

use crate::assistant::ask::sense::{Act, Bound, Column, Dim, Missing, Sense};

pub(super) const PHRASES: &[(&str, Sense)] = &[
    // What says nothing.
    (
        "what about|how about|via|id|collect|look like|like|comes|coming|anything|something|everything|else|analysis|analytics|analyze|analyse|end|ends|finish|close|\
         issued|collected|received|recorded|booked|processed|registered|give away|gave away|given away|a|an|the|of|in|on|at|for|from|to|with|within|during|over|and|or|by the way|please|pls|hi|\
         hello|hey|dear|thanks|thank you|thank|kindly|now|then|also|too|just|only|exactly|ok|okay|\
         well|so|me|us|you|your|our|ours|my|mine|we|i|it|its|they|them|their|this|that|these|those|\
         there|here|is|are|was|were|am|be|been|being|do|does|did|doing|have|has|had|having|can|could|\
         would|should|may|might|let|let's|give|tell|want|wanna|need|like to|would like|'d|know|about|\
         see|look at|look|get|got|'s|i'd|i'm|we're|what's|any|some|all|every one|each other|data|figure*|\
         number*|stat*|report|reports|table|chart|graph|overview|info*|information|detail*|shop|\
         store's|our shop|company|business|made|make|makes|making|happen*|going|go|goes|come|came|\
         as of|as well|as|per cent|through|throughout|out|up to now|currently|right now|actually|\
         really|quickly|again|different|various|into|it's|period|time period|during the period|cost us|costs us|cost me",
        Skip,
    ),
    ("show|display|print|pull up|bring up|open|see", Does(Act::Show)),
    (
        "by|per|for each|for every|in each|each|every|split by|broken down by|break down by|breakdown by|\
      broken out by|grouped by|group by|divided by|across|by each|a breakdown by|\
      distribution by",
        Sense::By,
    ),
    ("breakdown|break down|split|breakdown of", Skip),
    // What is counted.
    (
        "sales|sale|sales figures|revenue*|turnover|net|net sales|net revenue|income|takings|\
         sales volume|sales revenue|money|proceeds|earning*|earn*|made money|make money|\
         sales numbers|sales total|amount sold|total sales|total revenue|total net",
        Has(Column::Net),
    ),
    ("gross|gross sales|gross revenue|sales before discounts", Has(Column::Gross)),
    (
        "order*|orders|purchase|purchases|number of orders|order count|transaction*|invoice*|receipt*|\
      number of purchases|order number*|order volume|sales count|number of sales",
        Has(Column::Orders),
    ),
    ("how many sales", Has(Column::Orders)),
    (
        "average/avg/mean/typical order value/size?|average/avg/mean basket value/size?|aov|\
      average/avg/mean/typical purchase value/size?|average/avg ticket|average/avg/mean check|\
      average/avg/mean cart|average/avg transaction|order value|basket size|order size|\
      average/avg/mean value/size of an? order*|average bill|average/avg/mean receipt",
        Has(Column::AverageOrder),
    ),
    (
        "unit|units|piece|pieces|pcs|item|items|items sold|units sold|number of units|quantity|quantities|\
      number of items|unit sales|volume|pieces sold|how many units|how many pieces|how many items",
        Has(Column::Units),
    ),
    (
        "new customer*|first time customer*|new buyer*|first time buyer*|new client*|customers acquired|\
      acquired customers|number of new customers|customer acquisition|newcomers|first purchases",
        Has(Column::NewCustomers),
    ),
    (
        "returning customer*|repeat customer*|returning buyer*|repeat buyer*|returning client*|\
      existing customer*|regular customers|repeat client*",
        Has(Column::Returning),
    ),
    (
        "discount*|total discounts|discounts given|price reductions|given away in discounts",
        Has(Column::Discounts),
    ),
    (
        "refund*|return|returns|returned|money back|given back|sent back|came back as returns|\
      returned goods|returned items|refunded amount|take back|taken back|product returns|\
      returned products",
        Has(Column::Refunds),
    ),
    (
        "refund rate*|return rate*|share of refunds|share of returns|rate of returns|rate of refunds|\
      share returned|refund share",
        Has(Column::RefundRate),
    ),
    ("margin*|gross margin*|gross profit|contribution margin", Has(Column::Margin)),
    (
        "cost of goods|cost|cogs|costs of goods|cost of goods sold|product cost*|cost price*",
        Has(Column::Cost),
    ),
    (
        "shipping|shipping revenue|shipping fee*|delivery fee*|delivery charge*|shipping charge*|postage|\
      paid for delivery|paid for shipping|delivery revenue",
        Has(Column::Shipping),
    ),
    ("tax|taxes|vat|sales tax", Has(Column::Tax)),
    ("tip|tips", Has(Column::Tips)),
    ("fee|fees", Has(Column::Fees)),
    ("gift card*|gift voucher*", Has(Column::GiftCards)),
    (
        "pending order*|unpaid order*|open order*|pending|unpaid|orders not paid|orders pending|\
      orders awaiting payment|awaiting payment",
        Has(Column::Pending),
    ),
    (
        "cancelled order*|canceled order*|cancelled|canceled|cancellation*|orders cancelled|\
      orders canceled|orders were cancelled|orders were canceled",
        Has(Column::Cancelled),
    ),
    (
        "anonymous order*|anonymous|guest order*|orders without a? customer*|guest checkout*|guest*|\
      anonymous purchase*",
        Has(Column::Anonymous),
    ),
    (
        "total paid|total amount paid|grand total|paid in total|total incl* tax*|sales with tax",
        Has(Column::Total),
    ),
    (
        "number of customers|number of buyers|customer count|number of clients|count of customers|\
         number of unique customers|number of distinct customers",
        Has(Column::Customers),
    ),
    // What it is divided by.
    (
        "product*|best seller*|which/what item*|top/best selling items|top seller*|goods|article*|sku|skus|merchandise|assortment|bestseller*",
        Sense::Dim(Dim::Product),
    ),
    ("countr*|nation*|geograph*|geo|market|markets", Sense::Dim(Dim::Country)),
    ("channel*|sales channel*", Sense::Dim(Dim::Channel)),
    (
        "categor*|product categor*|product group*|department*|product type*",
        Sense::Dim(Dim::Category),
    ),
    (
        "customer*|client|clients|buyer*|shopper*|people|client base|customer base|account|accounts|person|persons|somebody|known customer*|active buyer*|\
      distinct customer*|unique customer*|unique buyer*",
        Sense::Dim(Dim::Customer),
    ),
    (
        "by/per/each/every monday/tuesday/wednesday/thursday/friday/saturday/sunday|mondays/tuesdays/wednesdays/thursdays/fridays/saturdays/sundays|weekday*|weekend*|day* of the? week|days of week|which days of the week",
        Sense::Dim(Dim::Weekday),
    ),
    (
        "at what time*|what/which time* of the? day|what time*|what hour*|which hour*|at which hour*|at what hour*|hour|hours|hourly|time of the? day|times of the? day|hour of the? day|hours of the? day|\
      daytime",
        Sense::Dim(Dim::Hour),
    ),
    ("stage*|life stage*|lifecycle stage*|stage of life|stages of life", Sense::Dim(Dim::Stage)),
    // Time that is divided.
    (
        "which/what day had|which/what date|daily|by/per/each/every day|day by day|for/on/in each/every day|by date|by days|per date",
        Sense::Bucket(Bucket::Day),
    ),
    (
        "weekly|by/per/each/every week|week by week|for/in each/every week|by weeks",
        Sense::Bucket(Bucket::Week),
    ),
    (
        "monthly|by/per/each/every month|month by month|for/in each/every month|by months|\
      by calendar month",
        Sense::Bucket(Bucket::Month),
    ),
    (
        "quarterly|by/per/each/every quarter|quarter by quarter|for/in each/every quarter|by quarters",
        Sense::Bucket(Bucket::Quarter),
    ),
    (
        "yearly|annual|annually|by/per/each/every year|year by year|for/in each/every year|by years",
        Sense::Bucket(Bucket::Year),
    ),
    (
        "which/what/best/worst/strongest/weakest month|month was/is the? best/worst/strongest/weakest|\
      best/worst selling month",
        Sense::Bucket(Bucket::Month),
    ),
    ("which/what/best/worst/strongest/weakest quarter", Sense::Bucket(Bucket::Quarter)),
    ("which/what/best/worst/strongest/weakest year", Sense::Bucket(Bucket::Year)),
    ("which/what/best/worst/strongest/weakest week", Sense::Bucket(Bucket::Week)),
    // What is wanted.
    ("list|list of|list all|listing|one by one|individual", Does(Act::List)),
    (
        "find|search|search for|look up|look for|lookup|locate|looking for|called|named|whose name is|\
      with the name",
        Does(Act::Find),
    ),
    (
        "anomal*|wrong|unusual|strange|why|driving|drives|what is driving|how come|reason*|cause*|caused|what drove|drove|driver*|what explains|explain*|\
      what is behind|what's behind|behind|what happened to|what happened with|because of what",
        Does(Act::Why),
    ),
    (
        "grow*|losing/lose/lost sales|losing/lose/lost revenue|grew|growth|growing|increas*|rise*|rising|rose|risen|fell|fall|falls|falling|fallen|drop*|\
      decline*|declining|decreas*|down|up|going up|going down|shrink*|shrank|chang*|trend|trends|\
      trending|what changed|what has changed|what's changed|improv*|worse|slump*|surge*|plunge*|\
      losing ground|gained|lost ground|went up|went down|gone up|gone down|better or worse|dip|dipped|\
      went wrong|jump*|soar*",
        Does(Act::Change),
    ),
    (
        "will|what should we/i expect|what can we/i expect|forecast*|predict*|prediction*|project*|projection*|expect*|expected|outlook|going to|\
      gonna|estimate*|likely to|anticipat*|future|in future|ahead|we'll|they'll|it'll|i'll|you'll|he'll|she'll|shall|upcoming|plan for",
        Does(Act::Will),
    ),
    (
        "who|whom|whose|which customer*|what customer*|which client*|which buyer*|which people|\
      customers who/that|clients who/that|people who/that|buyers who/that|everyone who|anyone who",
        Does(Act::Who),
    ),
    (
        "how many|how many times|number of|count of|count|what number of|the number of|amount of",
        Does(Act::HowMany),
    ),
    (
        "how much|numbers|figures|stats|results|performance|summary|amount|how|what amount|how high|how big|how large|what is the amount|how well|how good|how is|\
      how are|how was|how were|how did|how does|how do|how's|total|totals|in total|altogether|\
      overall|sum|the sum of|sum of|value",
        Does(Act::HowMuch),
    ),
    ("which|what|what kind of", Does(Act::Which)),
    ("when", Does(Act::When)),
    ("where|where do|where does", Does(Act::Where)),
    (
        "compare*|compared to|compared with|comparison|versus|vs|against|than|in comparison with|\
      in comparison to|relative to|difference between|difference|differ|different from|contrast",
        Does(Act::Compare),
    ),
    (
        "year over year|year on year|yoy|y y|than a year ago|the? year before|than the? year before|\
      compared to a year ago|versus a year ago|vs a year ago|than a year earlier|to a year ago|\
      compared to/with last year|against last year|versus/vs last year|than last year|\
      than in last year|than the? previous year|compared to/with the? previous year|\
      compared to/with the? year before|against the? year before|against the? previous year|\
      versus/vs the? previous year|versus/vs the? year before|from a year ago|\
      the? same period last year|the? same month last year|the? same time last year|\
      the? same week last year|the? same quarter last year|same period of last year",
        Does(Act::YearBefore),
    ),
    (
        "month over month|month on month|mom|week over week|week on week|wow|quarter over quarter|qoq|\
      than before|the? week/month/quarter before|compared to/with before|the period before|the? previous period|\
      compared to/with the? previous period|against the? previous period|vs/versus the? previous period|\
      than the? previous period|the period before that|than the? period before|\
      compared to/with the? month/week/quarter before|than the? month/week/quarter before|\
      than the? previous month/week/quarter|compared to/with the? previous month/week/quarter|\
      vs/versus/against the? previous month/week/quarter|day over day",
        Does(Act::PeriodBefore),
    ),
    (
        "buy with|related to|complementary|what should i/we bundle with|what can i/we bundle with|what else|buying with|buys with|take with|order with|get with|together|bought together|together with|bought with|sold with|sold together|go with|goes with|\
      goes well with|go well with|along with|purchased with|purchased together|in the same basket|\
      in one basket|paired with|pairs with|pair with|combined with|same basket|bought alongside|\
      alongside|goes together with|go together with|sells with|sell with|sells together with|\
      sell together with|sell together|sells together|combine with|cross sell*|bundle*|\
      in the same order|in one order|same order|also buy|also bought|also order|also purchase",
        Does(Act::Together),
    ),
    (
        "buy/purchase/order next|what should we/i offer|what to offer|what can we/i offer|what could we/i offer|buy/purchase again|next item*|next product*|next purchase*|next order*|\
      recommend*|recommendation*|suggest*|offer|offers|next best|buys next|\
      next buy|likely to buy next|want next|be interested in|interested in|interest*|pitch",
        Does(Act::NextItem),
    ),
    (
        "history|timeline|story|activity|activities|interaction*|what happened|purchase history|\
      order history|contacts with|past|all purchases|last interactions",
        Does(Act::History),
    ),
    (
        "contact*|contact detail*|email|emails|email address|e mail|mail address|phone|phone number|\
      telephone|profile|card|record",
        Does(Act::Contact),
    ),
    (
        "worth|lifetime value|ltv|clv|cltv|customer value*|customers' value|valuable|most valuable|\
      value of customer*|customer lifetime value|vip|vips|future value|expected value|\
      customer worth|lifetime values",
        Does(Act::Worth),
    ),
    (
        "come back|comes back|coming back|return soon|come again|still a customer|still customers|\
      still be a customer|stay|stays|loyalty probability|buy again soon|active again|alive|\
      likely to return|likely to come back|likely to buy|likely to purchase|likely to order|\
      buy soon|order soon|buy again",
        Does(Act::Alive),
    ),
    (
        "churn*|at risk|leave|leaving|about to leave|slip away|slipping away|losing|lose|going away|\
      stop buying|stopped buying|drifting away|risk of leaving|likely to leave|likely to churn|\
      about to churn|in danger|slipped away",
        Does(Act::Leave),
    ),
    ("often|frequent*|most often|most frequently|how often|frequency|regularly", Does(Act::Often)),
    ("latest|recent*|newest|most recent|last|most recently|lately", Does(Act::Last)),
    (
        "buy|placed|buys|bought|buying|purchased|purchasing|ordered|ordering|shop|shopped|shopping|got from us|\
      place orders|placed orders|paying|pay|paid|take|took|taken|contain*|includ*|containing",
        Does(Act::Buy),
    ),
    ("sell|sells|sold|selling|seller*", Does(Act::Sell)),
    (
        "spend|spends|spent|spending|spender*|brought in|bring in|brings in|brought most|bring|brings|\
      brought|generate*|contribut*",
        Does(Act::Spend),
    ),
    (
        "over time|development|develop*|dynamic*|evolution|evolve*|history of sales|course|timeline of sales|\
      time series|progress*|curve",
        Does(Act::OverTime),
    ),
    (
        "busiest day* of the? week|best day* of the? week|best/busiest hour* of the? day|busiest|busy|peak|peaks|best time*|when people buy|rush hour*|heatmap|heat map|best day*|\
      best hour*|busiest time*|busiest day*|busiest hour*|quietest|slowest day*|best weekday*|strongest day*",
        Does(Act::Busiest),
    ),
    (
        "share|shares|percentage|percent|part of|proportion|fraction|portion|what part",
        Does(Act::Share),
    ),
    (
        "repeat rate*|average/mean/median days/time between orders/purchases|came back|repeat purchase rate*|new versus/vs/and/or/against returning|\
      new versus/vs/and/or/against returning customers|returning versus/vs/and/or/against new|\
      returning versus/vs/and/or/against new customers|\
      new customers versus/vs/and/against returning|new and repeat customers|new versus/vs repeat|\
      new customers versus/vs/and/against returning customers|new versus/vs repeat customers|\
      new and existing customers|new versus/vs existing customers|repurchase rate|\
      repeat purchase*|how often do/does? customers come back|how often do/does? customers return|\
      days between orders|time between orders|days between purchases|time between purchases|\
      share of returning customers|share of repeat customers|share of returning|reorder rate|\
      come back for a second purchase|buy a second time|second purchase*|buy more than once|\
      bought more than once|repeat business|bought twice|buy twice|buy again and again|\
      how many customers come back|customers return|customers come back|customers came back|\
      customers returned|customers buy again|customers bought again|buyers come back|people come back",
        Does(Act::Repeat),
    ),
    ("cohort*|retention|retention rate*|retain*|customer retention", Does(Act::Cohorts)),
    (
        "rfm|champion*|rfm segment*|rfm analysis|rfm group*|recency|recency frequency money|\
      recency frequency and money|recency frequency monetary",
        Does(Act::Rfm),
    ),
    (
        "segment*|customer segment*|customer group*|groups of customers|segmentation|types of customers|\
      kinds of customers|customer stages|customers by stage|groups|customers by segment|\
      customers by life stage",
        Does(Act::Segments),
    ),
    (
        "top|sorted by|ranked by|best|biggest|largest|highest|most|the most|leading|strongest|best selling|top selling|\
      most popular|popular|main|major|first|most sold|best seller*|top seller*|greatest|key|most of all|\
      most money|the most money|bestselling|sells best|sell best|sold best|sells most|sell most|sold most|\
      selling best|in the lead|most often bought|maximum|in descending order",
        Does(Act::Top),
    ),
    (
        "worst|least|bottom|lowest|smallest|fewest|weakest|poorest|slowest|least popular|worst selling|\
      slow movers|slow moving|unpopular|slowest selling|poor performing|underperform*|minimum|not selling|\
      do not sell|does not sell|don't sell|doesn't sell|sells worst|sell worst|sold worst|sell least",
        Does(Act::Worst),
    ),
    // Stages of life.
    (
        "loyal|loyal customer*|most loyal|loyal ones|loyal buyer*|loyal client*",
        Sense::Stage(Stage::Loyal),
    ),
    ("active customer*|active client*|active ones|active", Sense::Stage(Stage::Active)),
    (
        "slipping|slipping customer*|at risk customer*|customers at risk|customers who are slipping|\
      customers about to leave|customers likely to leave|customers slipping away|sleeping customer*|\
      customers likely to churn|clients at risk|slipping client*|customers who might leave|\
      dormant customer*|customers in danger",
        Sense::Stage(Stage::Slipping),
    ),
    (
        "lost customer*|churned customer*|lost client*|customers we lost|customers we have lost|\
      customers lost|gone customer*|former customer*|customers who left|inactive customer*|lapsed|lapsed customer*|lost|\
      customers did we lose|customers have we lost|lost buyer*",
        Sense::Stage(Stage::Lost),
    ),
    (
        "one time customer*|one time buyer*|onetime customer*|bought once|bought only once|buy only once|\
      single purchase customer*|one off customer*|one off buyer*|bought just once|\
      only bought once|one time|one purchase only|one time client*",
        Sense::Stage(Stage::OneTime),
    ),
    ("customers in the new stage|stage new", Sense::Stage(Stage::New)),
    (
        "ever|of all time*|all time|in all time|since the beginning|from the beginning|from the start|\
      since the start|so far|until now|till now|to date|all data|whole time|entire history|whole history|\
      for all time|since we started|all years|since ever|the whole period|all periods",
        Sense::Ever,
    ),
    // What would narrow it, and cannot.
    (
        "not|no|never|without|except|excluding|exclude*|besides|other than|but not|don't|doesn't|didn't|\
      haven't|hasn't|isn't|aren't|wasn't|weren't|won't|ignoring|apart from|minus|stopped|nor|neither|\
      none|outside|unless",
        Sense::Bound(Bound::Except),
    ),
    (
        "more than|better|worse|less than|at least|at most|above|below|under|fewer than|greater than|exceed*|\
      or more|or less|between * and * orders|over a hundred|over a thousand|more|less|fewer|higher|lower",
        Sense::Bound(Bound::Threshold),
    ),
    (
        "average|mean|median|avg|average number of|on average|typical|usual|usually|per customer on average|\
      revenue per customer|orders per customer|sales per customer|average revenue|per head|\
      spend per customer|items per order|units per order|ratio|correlat*|standard deviation|variance",
        Sense::Bound(Bound::Mean),
    ),
    // What the data do not hold.
    (
        "who are you|what are you|what can you do|what do you know|help|how do you work|what can i ask",
        Without(Missing::Yourself),
    ),
    (
        "stock|stocks|in stock|inventory|inventories|warehouse*|stock level*|out of stock|run out|\
      running out|sold out|stockout*|left in stock|on hand|restock*|remaining stock|reorder point|\
      replenish*|backorder*|have left|are left",
        Without(Missing::Stock),
    ),
    (
        "visit|visited|visits|visitor*|traffic|page view*|pageview*|session*|web traffic|website visit*|bounce rate*|\
      site visit*|impression*|footfall|click|clicks|web site|website|google analytics|page*|cart*|\
      abandoned cart*|cart abandonment|basket abandonment|abandon*|search quer*",
        Without(Missing::Visits),
    ),
    ("conversion*|conversion rate*|convert*|funnel*", Without(Missing::Conversion)),
    (
        "profit*|net profit|operating profit|ebitda|bottom line|net income|earnings after|cash flow|cashflow|\
      expense*|overhead*|balance sheet|costs|loss|losses|break even|breakeven|operating cost*|rent",
        Without(Missing::Profit),
    ),
    ("weather|temperature*|rain|rainy|sunny|season of the year", Without(Missing::Weather)),
    (
        "competitor*|competition|market share*|rivals|rival|market size|industry|benchmark*",
        Without(Missing::Competitors),
    ),
    (
        "marketing|ad|ads|advert*|ad spend|campaign*|roi|roas|cac|acquisition cost*|cost per acquisition|\
      newsletter*|open rate*|click rate*|click through|facebook|instagram|google|seo|social media|followers|\
      coupon*|promo|promos|promotion*|promo code*|utm|source of traffic|influencer*",
        Without(Missing::Marketing),
    ),
    (
        "staff|employee*|salesperson*|salespeople|salesman|salesmen|sales rep|sales reps|sales manager*|manager*|team|\
      cashier*|salary|salaries|wage*|hr|worker*|colleague*|shift*|sales team",
        Without(Missing::Staff),
    ),
    (
        "review*|rating*|nps|satisfaction|complaint*|feedback|stars|survey*|happy|unhappy|satisfied|complain*",
        Without(Missing::Reviews),
    ),
    (
        "age|ages|gender*|male|female|men|women|demographic*|birthday*|cities|city|town*|region*|zip code*|\
      postcode*|address|addresses|state|states|old|young|district*|language*",
        Without(Missing::People),
    ),
    (
        "delivery|deliveries|deliver*|delivery time*|shipping time*|shipped|courier*|late deliver*|tracking|\
      dispatch*|lead time*|carrier*|parcel*|on time",
        Without(Missing::Delivery),
    ),
    (
        "target|targets|budget*|quota*|goal*|kpi|kpis|okr|plan|plans|planned|on track",
        Without(Missing::Targets),
    ),
    (
        "payment method*|payment type*|credit card*|paypal|cash|payment*|debt*|receivable*|overdue|card payment*|\
      instal*",
        Without(Missing::Payments),
    ),
    (
        "exchange rate*|currency rate*|inflation|dollar rate|exchange|interest rate*",
        Without(Missing::Rates),
    ),
    (
        "supplier*|vendor*|procurement|purchase price*|manufacturer*|brand|brands|wholesaler*",
        Without(Missing::Suppliers),
    ),
    (
        "delete|remove|erase|send|write|create|add|update|edit|set|assign|cancel|schedule|remind|\
      call me|book|import|upload|merge|rename|put|move|drop table|insert|select|change the|refund order",
        Without(Missing::Changes),
    ),
    (
        "advice|advise|what should we|what should i|who should i call|who should we call|whom should i call|\
      who to call|what to do|what can i do|what can we do|should i|should we|how can i|how can we|how do i|\
      how to|strategy|strategies|improve sales|increase sales|boost*|raise sales|grow the business|\
      tips for",
        Without(Missing::Advice),
    ),
];
