"""What XR-0 costs on a device: times by stage, beside what the device could do at best."""
