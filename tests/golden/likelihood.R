# The restricted likelihood of two covariances of communes, by nlme: independent, and eight tenths
# of the variance shared with those near, fading over 12 km. Run: Rscript tests/golden/likelihood.R
# in the folder of the project; it reads likelihood_input.csv and writes likelihood.csv. R 4.5,
# nlme 3.1 wrote the committed ones; the input is of rates.errors.units, rounded.
library(nlme)
table <- read.csv("tests/golden/likelihood_input.csv", colClasses = c(home = "character"))
table$one <- 1
model <- residual ~ 0 + home
independent <- gls(model, table, method = "REML")
near <- corExp(c(12, 0.2), form = ~ x + y | one, nugget = TRUE, fixed = TRUE)
alike <- gls(model, table, correlation = near, method = "REML")
write.csv(
  data.frame(
    independent = as.numeric(logLik(independent)), alike = as.numeric(logLik(alike)),
    sigma_independent = independent$sigma, sigma_alike = alike$sigma
  ),
  "tests/golden/likelihood.csv", row.names = FALSE
)
