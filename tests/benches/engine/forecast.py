"""Times statsforecast's models on series of a file, on one core, and prints model,seconds.

Usage: forecast.py SERIES.csv COUNT   (columns id,values; values separated by spaces)
Every model forecasts a few series first, so that nothing is compiled while the clock runs.
"""

import csv
import sys
import time

import numpy as np
from statsforecast.models import AutoCES, AutoETS, AutoTheta, DynamicOptimizedTheta, MSTL

SEASON, HORIZON = 12, 18

with open(sys.argv[1], newline="") as file:
    series = [np.array(row["values"].split(), dtype=float) for row in csv.DictReader(file)]
step = max(1, len(series) // int(sys.argv[2]))
series = series[::step][: int(sys.argv[2])]

models = {
    "AutoETS": AutoETS(season_length=SEASON),
    "DynamicOptimizedTheta": DynamicOptimizedTheta(season_length=SEASON),
    "AutoTheta": AutoTheta(season_length=SEASON),
    "AutoCES": AutoCES(season_length=SEASON),
    "MSTL": MSTL(season_length=SEASON),
}
print("count", len(series))
for name, model in models.items():
    for values in series[:2]:
        model.forecast(y=values, h=HORIZON)
    begin = time.process_time()
    for values in series:
        model.forecast(y=values, h=HORIZON)
    print(name, time.process_time() - begin, flush=True)
