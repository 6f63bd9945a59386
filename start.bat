@echo off
rem Windows without make: "start.bat" runs the default experiment, "start.bat lab" opens JupyterLab,
rem any other words are handed to simlib, for example: start.bat staffing scenarios\places\yunfu --formula guangdong-2019
setlocal
cd /d "%~dp0"
set PYTHONUTF8=1
where py >nul 2>nul
if errorlevel 1 (
  echo Python 3.11 to 3.14 is needed, with the "py" launcher.
  exit /b 1
)
py -3 .ci\install.py
if errorlevel 1 exit /b %errorlevel%
if "%~1"=="" (
  .venv\Scripts\simlib.exe plan scenarios\leshan_2027.yaml
) else if /i "%~1"=="lab" (
  .venv\Scripts\python.exe .ci\lab.py
) else (
  .venv\Scripts\simlib.exe %*
)
exit /b %errorlevel%
