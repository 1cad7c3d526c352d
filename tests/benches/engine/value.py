"""Seconds that lifetimes takes to fit BG/NBD, and Pareto/NBD to ten times as many customers."""
import sys, time, statistics
import pandas as pd
from lifetimes import BetaGeoFitter, ParetoNBDFitter
transactions = pd.read_csv(sys.argv[1])
transactions['date'] = pd.to_datetime(transactions['date'])
end = pd.Timestamp('1997-09-30')
days = transactions[transactions.date <= end].drop_duplicates(['customer_id', 'date'])
days = days.groupby('customer_id').date.agg(['min', 'max', 'count'])
x = days['count'] - 1
t_x = (days['max'] - days['min']).dt.days / 7
T = (end - days['min']).dt.days / 7
tens = [pd.concat([of] * 10, ignore_index=True) for of in (x, t_x, T)]
def median(fitter, of, runs):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        fitter().fit(*of)
        times.append(time.perf_counter() - start)
    return statistics.median(times)
print(median(BetaGeoFitter, (x, t_x, T), 5), median(ParetoNBDFitter, tens, 1))
