SECS=1 bash bench/peers/run_models.sh 1
