# More values that tests/test_effect_golden.py holds the package to: plain and jackknife errors, two years, Moran's I,
# and two published tables of counts. Made from effect_input.csv, which effect.R writes.
# Run in this folder: Rscript effect_layer.R. Writes effect_before.csv, effect_ships.csv, effect_insurance.csv
# and effect_layer.csv. R 4.x, sandwich 3.1.1, clubSandwich 0.5.11, spdep 1.3.x, MASS 7.3.

suppressMessages({
  library(sandwich)
  library(clubSandwich)
  library(spdep)
})
found <- data.frame(model = character(), quantity = character(), value = numeric())
keep <- function(model, ...) {
  values <- c(...)
  found <<- rbind(found, data.frame(model = model, quantity = names(values), value = values))
}
exact <- glm.control(epsilon = 1e-14, maxit = 100)
input <- read.csv("effect_input.csv")
input$density <- 1000 * input$members / input$population
input$rate <- log(input$users / input$population)
# In thousands, because of clubSandwich's absolute tolerance (see effect.R).
input$thousands <- input$users / 1000
input$weight <- input$population / mean(input$population)

counts <- function(formula, data = input) glm(formula, family = quasipoisson, data = data, control = exact)
pooled <- thousands ~ density + urban + offset(log(population))
within <- thousands ~ density + urban + factor(district) + offset(log(population))
ols_pooled <- rate ~ density + urban
ols_within <- rate ~ density + urban + factor(district)
wls <- function(formula, data) lm(formula, data = data, weights = weight)
models <- list(
  "poisson pooled" = function(data) counts(pooled, data), "poisson within" = function(data) counts(within, data),
  "ols pooled" = function(data) lm(ols_pooled, data), "ols within" = function(data) lm(ols_within, data),
  "wls pooled" = function(data) wls(ols_pooled, data), "wls within" = function(data) wls(ols_within, data)
)
# CR1 by sandwich; the jackknife by refits, so that the offset surely goes along.
for (name in names(models)) {
  fit <- models[[name]](input)
  error <- function(...) sqrt(vcovCL(fit, cluster = input$district, ...)["density", "density"])
  without <- sapply(1:8, function(g) coef(models[[name]](subset(input, district != g)))["density"])
  keep(name,
    cr1 = error(type = "HC0", cadjust = TRUE),
    cv3 = sqrt(7 / 8 * sum((without - coef(fit)["density"])^2))
  )
}

# The year before: densities moved, counts moved with them and with shocks of the district.
set.seed(94)
before <- data.frame(commune = input$commune)
before$members <- pmax(3, input$members - round(rnorm(75, mean = 6, sd = 9)))
moved <- 1000 * (input$members - before$members) / input$population
before$users <- rpois(75, input$users * exp(-0.3 - 0.08 * moved + rnorm(8, sd = 0.1)[input$district] + rnorm(75, sd = 0.15)))
write.csv(before, "effect_before.csv", row.names = FALSE, quote = FALSE)
input$moved <- moved
input$change <- log(input$users) - log(before$users)
test <- coef_test(lm(change ~ moved, input), vcov = "CR2", cluster = input$district, test = "Satterthwaite", coefs = "moved")
keep("difference", coefficient = test$beta, cr2 = test$SE, df = test$df_Satt)
# Poisson with a fixed effect of each commune, two years: the counts of the second given their sums. The sums are
# taken in thousands for clubSandwich; coefficient, error and df stay.
both <- data.frame(after = input$users, sum = input$users + before$users, moved, district = input$district)
fit <- glm(after / sum ~ moved, family = quasibinomial, weights = sum / 1000, data = both, control = exact)
test <- coef_test(fit, vcov = "CR2", cluster = both$district, test = "Satterthwaite", coefs = "moved")
keep("conditional", coefficient = test$beta, cr2 = test$SE, df = test$df_Satt)
long <- data.frame(users = c(input$users, before$users), commune = factor(rep(input$commune, 2)), year = rep(1:0, each = 75),
  density = c(input$density, input$density - moved), district = rep(input$district, 2))
dummies <- counts(users ~ density + year + commune, long)
keep("conditional", dummies = unname(coef(dummies)["density"]),
  cr0 = sqrt(vcovCL(dummies, cluster = long$district, type = "HC0", cadjust = FALSE)["density", "density"]))

# Moran's I of Pearson residuals; communes one and five apart in the list are taken for neighbours.
steps <- lapply(1:75, function(i) setdiff(Filter(function(j) j >= 1 && j <= 75, i + c(-5, -1, 1, 5)), i))
pairs <- structure(lapply(steps, as.integer), class = "nb", region.id = as.character(1:75))
listed <- nb2listw(pairs, style = "W")
for (name in c("poisson pooled", "poisson within")) {
  r <- residuals(models[[name]](input), type = "pearson")
  keep(name, moran = moran(r, listed, 75, Szero(listed))$I)
}

# McCullagh and Nelder's damage to ships.
ships <- subset(MASS::ships, service > 0)
write.csv(ships, "effect_ships.csv", row.names = FALSE, quote = FALSE)
fit <- glm(incidents ~ type + factor(year) + factor(period) + offset(log(service)), family = quasipoisson, data = ships, control = exact)
keep("ships", B = unname(coef(fit)["typeB"]), phi = summary(fit)$dispersion, error = coef(summary(fit))["typeB", 2])

# Car insurance claims; four districts are the clusters.
insurance <- data.frame(
  district = MASS::Insurance$District, group = as.integer(MASS::Insurance$Group), age = as.integer(MASS::Insurance$Age),
  holders = MASS::Insurance$Holders, claims = MASS::Insurance$Claims
)
write.csv(insurance, "effect_insurance.csv", row.names = FALSE, quote = FALSE)
insurance$thousands <- insurance$claims / 1000
fit <- glm(thousands ~ age + group + offset(log(holders)), family = quasipoisson, data = insurance, control = exact)
test <- coef_test(fit, vcov = "CR2", cluster = insurance$district, test = "Satterthwaite", coefs = "age")
keep("insurance pooled", coefficient = test$beta, cr2 = test$SE, df = test$df_Satt, phi = 1000 * summary(fit)$dispersion)
fit <- update(fit, . ~ . + district)
test <- coef_test(fit, vcov = "CR2", cluster = insurance$district, test = "Satterthwaite", coefs = "age")
keep("insurance within", coefficient = test$beta, cr2 = test$SE, df = test$df_Satt)

found$value <- sprintf("%.17g", found$value)
write.csv(found, "effect_layer.csv", row.names = FALSE, quote = FALSE)
