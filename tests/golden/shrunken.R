# Residuals of communes drawn together, by mgcv: levels of districts, and a random effect of communes
# with a known covariance as a penalty, its scale by REML, for each part that is chance and for both
# covariances; then averaged by the restricted likelihood, with the 2.5 % and 97.5 % quantiles of the
# mixture of their t distributions. Run: Rscript tests/golden/shrunken.R in
# the folder of the project; it reads shrunken_input.csv and writes shrunken.csv. R 4.5, mgcv 1.9
# wrote the committed one; the input is of rates.errors.units, rounded.
library(mgcv)
table <- read.csv("tests/golden/shrunken_input.csv", colClasses = c(home = "character"))
table$home <- factor(table$home)
n <- nrow(table)
df <- n - nlevels(table$home)

# Paule and Mandel: so much beyond chance of persons that weighted squares are as many as df.
left <- function(extra) {
  w <- 1 / (extra + table$sampling)
  middle <- tapply(w * table$residual, table$home, sum) / tapply(w, table$home, sum)
  sum(w * (table$residual - middle[table$home])^2) - df
}
extra <- uniroot(left, c(0, 100), tol = 1e-14)$root

distance <- as.matrix(dist(table[c("x", "y")]))
near <- distance
near[outer(table$home, table$home, "!=")] <- Inf
diag(near) <- Inf
km <- 3.6 * median(apply(near, 1, min))
priors <- c(0.55, 0.45)
covariances <- list(diag(n), exp(-distance / km))

fits <- list()
for (model in 1:2) {
  for (part in seq(0.05, 0.95, 0.1)) {
    noise <- part * extra + table$sampling
    signal <- (1 - part) * extra
    data <- list(y = table$residual, home = table$home, Z = diag(n), w = 1 / noise)
    penalty <- list(Z = list(solve(covariances[[model]]), sp = 1 / signal))
    fit <- gam(
      y ~ 0 + home + Z, data = data, weights = w, paraPen = penalty, method = "REML",
      control = gam.control(epsilon = 1e-13)
    )
    X <- predict(fit, type = "lpmatrix")
    # REML leaves out what the weights alone make.
    score <- fit$gcv.ubre
    scale <- max(fit$reml.scale, 1)
    level <- as.numeric(X %*% coef(fit))
    variance <- rowSums((X %*% (fit$Vp / fit$sig2)) * X) * scale
    weight <- rowSums((X %*% (fit$Vp / fit$sig2)) * X) / noise
    fits[[length(fits) + 1]] <- list(
      log = log(priors[model]) - score, level = level, variance = variance, weight = weight
    )
  }
}
logs <- sapply(fits, function(one) one$log)
likely <- exp(logs - max(logs)) / sum(exp(logs - max(logs)))
level <- sapply(fits, function(one) one$level)
mean <- as.numeric(level %*% likely)
error <- sqrt(sapply(fits, function(one) one$variance))
end <- function(place, tail) {
  below <- function(x) sum(likely * pt((x - level[place, ]) / error[place, ], df)) - tail
  uniroot(below, c(-10, 10), tol = 1e-13)$root
}
low <- sapply(seq_len(n), end, tail = 0.025)
high <- sapply(seq_len(n), end, tail = 0.975)
weight <- as.numeric(sapply(fits, function(one) one$weight) %*% likely)
write.csv(
  data.frame(moved = mean, below = mean - low, above = high - mean, weight = weight),
  "tests/golden/shrunken.csv", row.names = FALSE
)
cat("extra", extra, "km", km, "scale", range(sapply(fits, function(x) x$log)), "\n")
