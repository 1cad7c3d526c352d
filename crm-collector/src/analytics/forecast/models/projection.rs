//! Initial states by least squares. The one-step errors of a linear filter are linear in the state
//! that it starts from, so that the best start for given smoothing parameters has a closed form
//! and the search is left with the parameters alone (variable projection, Golub and Pereyra 1973).

/// The start that was solved for, and what is left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Start {
    /// How much of the first influence the start has.
    pub first: f64,
    /// And of the second.
    pub second: f64,
    /// The sum of the squared errors, weighted where weights were given.
    pub squares: f64,
}

/// Sums of products over three columns.
#[derive(Clone, Copy, Debug, Default)]
struct Products {
    ee: f64,
    eu: f64,
    ev: f64,
    uu: f64,
    uv: f64,
    vv: f64,
}

impl Products {
    fn of(e: &[f64], u: &[f64], v: &[f64]) -> Self {
        // Two lanes of each sum: what the processor adds at a time.
        let mut sums = [[0.0_f64; 2]; 6];
        let pairs = e.chunks_exact(2).zip(u.chunks_exact(2)).zip(v.chunks_exact(2));
        for ((e, u), v) in pairs {
            for lane in 0..2 {
                let (e, u, v) = (e[lane], u[lane], v[lane]);
                sums[0][lane] += e * e;
                sums[1][lane] += e * u;
                sums[2][lane] += e * v;
                sums[3][lane] += u * u;
                sums[4][lane] += u * v;
                sums[5][lane] += v * v;
            }
        }
        if e.len() % 2 == 1
            && let (Some(&e), Some(&u), Some(&v)) = (e.last(), u.last(), v.last())
        {
            for (sum, product) in sums.iter_mut().zip([e * e, e * u, e * v, u * u, u * v, v * v]) {
                sum[0] += product;
            }
        }
        let [ee, eu, ev, uu, uv, vv] = sums.map(|lanes| lanes[0] + lanes[1]);
        Self { ee, eu, ev, uu, uv, vv }
    }

    fn squares(&self, first: f64, second: f64) -> f64 {
        let left = self.ee - 2.0 * (first * self.eu + second * self.ev)
            + first * first * self.uu
            + 2.0 * first * second * self.uv
            + second * second * self.vv;
        left.max(0.0)
    }
}

/// Least squares of `errors - first·u - second·v`. `bounds` are those of the second coefficient;
/// where they bind, the first is solved for again. A column that is (nearly) a multiple of the
/// other gets no coefficient.
pub fn project(errors: &[f64], u: &[f64], v: &[f64], bounds: (f64, f64)) -> Start {
    let sums = Products::of(errors, u, v);
    let first_alone = |second: f64| {
        if sums.uu > 0.0 { (sums.eu - second * sums.uv) / sums.uu } else { 0.0 }
    };
    let determinant = sums.uu * sums.vv - sums.uv * sums.uv;
    let second = if determinant > 1e-10 * sums.uu * sums.vv {
        (sums.ev * sums.uu - sums.eu * sums.uv) / determinant
    } else {
        0.0
    };
    let second = second.max(bounds.0).min(bounds.1);
    let first = first_alone(second);
    Start { first, second, squares: sums.squares(first, second) }
}
