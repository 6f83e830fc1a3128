# The values that tests/test_effect_golden.py holds the package to, from packages of R that know nothing of it.
# Run in this folder: Rscript effect.R. Writes effect_input.csv and effect.csv.
# R 4.x, sandwich 3.1.1, clubSandwich 0.5.11.

suppressMessages({
  library(sandwich)
  library(clubSandwich)
})

# An invented province: eight districts of 9, 6, 10, 8, 15, 10, 8 and 9 communes.
set.seed(93)
sizes <- c(9, 6, 10, 8, 15, 10, 8, 9)
district <- rep(seq_along(sizes), sizes)
n <- length(district)
population <- round(9000 * exp(rnorm(n, sd = 0.35)))
urban <- as.integer(runif(n) < 0.3)
members <- pmax(5, round(population / 1000 * exp(1.5 + rnorm(8, sd = 0.15)[district] + rnorm(n, sd = 0.25))))
users <- rpois(n, population * 0.15 * exp(0.1 * 1000 * members / population / 1.5 + 0.3 * urban +
  rnorm(8, sd = 0.2)[district] + rnorm(n, sd = 0.3)))
near <- round(population * plogis(1 + 0.8 * (1000 * members / population - 5) + 0.5 * sin(seq_len(n))))
input <- data.frame(commune = seq_len(n), district, population, members, urban, users, near)
write.csv(input, "effect_input.csv", row.names = FALSE, quote = FALSE)

input$density <- 1000 * input$members / input$population
input$rate <- log(input$users / input$population)
found <- data.frame(model = character(), quantity = character(), value = numeric())
keep <- function(model, ...) {
  values <- c(...)
  found <<- rbind(found, data.frame(model = model, quantity = names(values), value = values))
}

# CR2 on the scale of the response. The working variance is that of the model: the mean for counts,
# 1 / weights for least squares (where clubSandwich has to be told so).
robust <- function(model, fit, of = "density", ...) {
  vcov <- vcovCR(fit, cluster = input$district, type = "CR2", ...)
  test <- coef_test(fit, vcov = vcov, test = "Satterthwaite", coefs = of)
  plain <- vcovCL(fit, cluster = input$district, type = "HC0", cadjust = FALSE)
  keep(model, coefficient = test$beta, cr2 = test$SE, df = test$df_Satt, cr0 = sqrt(plain[of, of]))
}
exact <- glm.control(epsilon = 1e-14, maxit = 100)
# A coefficient, its CR2 error and its df do not change if all counts are divided by 1,000. But
# clubSandwich takes powers of matrices with an absolute tolerance of 1e-12: with fixed effects and
# counts in the thousands, rounding passes it and makes the df (2.29 in place of 3.80 here). In
# thousands it does not. phi is then smaller by 1,000, and is put right.
input$thousands <- input$users / 1000
counts <- function(formula, data = input) {
  glm(formula, family = quasipoisson, data = data, control = exact)
}

fit <- counts(thousands ~ density + urban + offset(log(population)))
robust("poisson pooled", fit)
keep("poisson pooled", phi = 1000 * summary(fit)$dispersion)

fit <- counts(thousands ~ density + urban + factor(district) + offset(log(population)))
robust("poisson within", fit)
keep("poisson within", phi = 1000 * summary(fit)$dispersion)

for (left in 1:8) {
  some <- subset(input, district != left)
  fit <- counts(thousands ~ density + urban + factor(district) + offset(log(population)), some)
  keep("poisson within", setNames(coef(fit)["density"], paste("without", left)))
}

fit <- counts(thousands ~ log(members) + log(population) + urban + factor(district))
robust("free members", fit, of = "log(members)")
robust("free population", fit, of = "log(population)")

robust("ols pooled", lm(rate ~ density + urban, data = input))
robust("ols within", lm(rate ~ density + urban + factor(district), data = input))
# clubSandwich scales weights to a mean of 1, but not the target: they must agree.
input$weight <- input$population / mean(input$population)
wls <- lm(rate ~ density + urban, data = input, weights = weight)
robust("wls pooled", wls, target = 1 / input$weight, inverse_var = TRUE)
wls <- lm(rate ~ density + urban + factor(district), data = input, weights = weight)
robust("wls within", wls, target = 1 / input$weight, inverse_var = TRUE)

# People near their ceiling. Trials in thousands, as above.
shares <- function(formula) {
  glm(formula, family = quasibinomial, data = input, weights = population / 1000, control = exact)
}
robust("binomial pooled", shares(near / population ~ density + urban))
robust("binomial within", shares(near / population ~ density + urban + factor(district)))

sums <- aggregate(cbind(users, population, members) ~ district, data = input, FUN = sum)
sums$urban <- aggregate(cbind(people = urban * population) ~ district, data = input, FUN = sum)$people / sums$population
sums$density <- 1000 * sums$members / sums$population
fit <- lm(log(users / population) ~ density + urban, data = sums)
keep("clusters only classical",
  coefficient = unname(coef(fit)["density"]), error = coef(summary(fit))["density", 2],
  df = fit$df.residual, p = coef(summary(fit))["density", 4]
)
# Each district is a cluster of its own: CR2 is HC2, with the df of Bell and McCaffrey.
alone <- function(model, fit) {
  vcov <- vcovCR(fit, cluster = sums$district, type = "CR2")
  stopifnot(all.equal(vcov["density", "density"], vcovHC(fit, type = "HC2")["density", "density"]))
  test <- coef_test(fit, vcov = vcov, test = "Satterthwaite", coefs = "density")
  reach <- qt(0.975, test$df_Satt) * test$SE
  keep(model,
    coefficient = test$beta, error = test$SE, df = test$df_Satt, p = test$p_Satt,
    low = test$beta - reach, high = test$beta + reach
  )
}
alone("clusters only beside urban", fit)
alone("clusters only", lm(log(users / population) ~ density, data = sums))

found$value <- sprintf("%.17g", found$value)
write.csv(found, "effect.csv", row.names = FALSE, quote = FALSE)
