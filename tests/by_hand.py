"""Work the variance of shares again by hand, in dense algebra: nothing is taken from rates."""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import t as student

from hganalysis import places


def arrays(table):
    """Counts, denominators, districts and positions (km) of the communes of a table."""
    land = places.communes().loc[table["code"]]
    lon, lat = land["lon"].to_numpy(), land["lat"].to_numpy()
    at = np.column_stack([lon * 111.32 * np.cos(np.radians(lat.mean())), lat * 110.57])
    count, out_of = (table[name].to_numpy(float) for name in ("count", "out_of"))
    return count, out_of, land["district_code"].to_numpy(), at


def log_scale(count, out_of, home, *, ratio=False):
    """Residuals from the share of each home on the log odds, and the variance that chance makes."""
    residual, sampling = np.empty(len(count)), np.empty(len(count))
    for one in set(home):
        here = home == one
        p = count[here].sum() / out_of[here].sum()
        slope = p if ratio else p * (1 - p)
        residual[here] = (count[here] / out_of[here] - p) / slope
        sampling[here] = 1 / (out_of[here] * slope)
    return residual, sampling


def variance(residual, sampling, home, weight, at=None, *, chance=None):
    """
    Variance of the sum of weight * residual of each home (or of each unit, if weight is none), and
    its df: Paule-Mandel, two covariances weighed by REML, scales drawn together with 8 df.
    """
    homes = sorted(set(home))
    design = np.array([[float(one == name) for name in homes] for one in home])
    df = len(home) - len(homes)
    chance = sampling if chance is None else chance

    def left(extra):
        inverse = np.diag(1 / (extra + sampling))
        middle = np.linalg.solve(design.T @ inverse @ design, design.T @ inverse @ residual)
        off = residual - design @ middle
        return off @ inverse @ off - df

    extra = brentq(left, 0, 1e4, xtol=1e-14) if left(0) > 0 else 0.0
    spread = np.diag(np.sqrt(extra + sampling))
    models = [np.eye(len(home))]
    if at is not None:
        distance = np.hypot(*(at[:, None] - at).T)
        near = [
            min(distance[i, j] for j in range(len(home)) if j != i and home[j] == home[i])
            for i in range(len(home))
        ]
        models.append(0.2 * np.eye(len(home)) + 0.8 * np.exp(-distance / (3.6 * np.median(near))))
    scales, logs, spreads = [], [], []
    reach = np.sqrt(extra + chance)
    for model in models:
        covariance = spread @ model @ spread
        inverse = np.linalg.inv(covariance)
        inner = design.T @ inverse @ design
        projector = inverse - inverse @ design @ np.linalg.solve(inner, design.T @ inverse)
        scale = residual @ projector @ residual / df
        determinants = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(inner)[1]
        logs.append(-(determinants + df * np.log(scale)) / 2)
        squares = []
        for name in homes:
            here = np.flatnonzero(home == name)
            block = np.linalg.inv(covariance[np.ix_(here, here)])
            off = residual[here] - (block @ residual[here]).sum() / block.sum()
            squares.append(off @ block @ off)
        own = design.sum(axis=0) - 1
        scales.append((8 * sum(squares) / df + np.array(squares)) / (8 + own))
        whole = np.outer(reach, reach) * model
        spreads.append(
            np.array(
                [
                    weight[home == one]
                    @ whole[np.ix_(home == one, home == one)]
                    @ weight[home == one]
                    for one in homes
                ]
            )
            if weight is not None
            else np.diag(whole)
        )
    prior = np.array([0.55, 0.45])[: len(models)]
    likely = prior * np.exp(np.array(logs) - max(logs))
    likely /= likely.sum()
    if weight is None:
        at_home = [homes.index(one) for one in home]
        scales, own = [one[at_home] for one in scales], own[at_home]
    found = sum(p * scale * one for p, scale, one in zip(likely, scales, spreads, strict=True))
    return found, np.minimum(8 + own, df)


def interval(p, found, df, level=0.95, *, ratio=False):
    """The ends of an interval on the log odds (the log), without scipy's logit and expit."""
    reach = student.ppf((1 + level) / 2, df) * np.sqrt(found)
    if ratio:
        return [p * np.exp(-reach), p * np.exp(reach)]
    odds = p / (1 - p) * np.exp([-reach, reach])
    return list(odds / (1 + odds))
